import { stringify } from 'yaml';
import { ChartValuesSchema } from '../../operator/src/api/chart-values.ts';
import { customResourceDefinitions } from '../../operator/src/api/custom-resources.ts';
import { leaseRules, operatorRules } from '../../operator/src/rules.ts';
import { WorkerConfigSchema } from '../../pod-worker/src/config.ts';
import { alertRulesYaml } from '../monitoring/alert-rules.ts';
import { DASHBOARDS, dashboardJson } from '../monitoring/dashboards.ts';
import type { GeneratedFile } from '../reference/reference-pages.ts';
import { valuesSchema, valuesYaml } from './chart-values.ts';

const CHART = 'charts/feedmill';
const HEAD = '# Made by `npm run generate`; not to be edited.\n';

/** What of chart and dashboards is made from the sources, as it should be now. */
export function kubernetesFiles(): GeneratedFile[] {
  return [
    ...customResourceDefinitions(WorkerConfigSchema.properties).map((definition) => ({
      path: `${CHART}/files/crds/${definition.metadata.name}.yaml`,
      text: HEAD + yamlOf(definition),
    })),
    { path: `${CHART}/files/operator-rules.yaml`, text: HEAD + yamlOf(operatorRules()) },
    { path: `${CHART}/files/lease-rules.yaml`, text: HEAD + yamlOf(leaseRules()) },
    { path: `${CHART}/values.schema.json`, text: valuesSchema(ChartValuesSchema) },
    { path: `${CHART}/values.yaml`, text: HEAD + valuesYaml(ChartValuesSchema) },
    { path: `${CHART}/files/alerts.yaml`, text: HEAD + alertRulesYaml() },
    ...DASHBOARDS.map((dashboard) => ({
      path: `deploy/dashboards/${dashboard.name}.json`,
      text: dashboardJson(dashboard),
    })),
  ];
}

const yamlOf = (document: unknown): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
