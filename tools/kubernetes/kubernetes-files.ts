import { stringify } from 'yaml';
import { ChartValuesSchema } from '../../operator/src/api/chart-values.ts';
import { customResourceDefinitions } from '../../operator/src/api/custom-resources.ts';
import { leaseRules, operatorRules } from '../../operator/src/rules.ts';
import { WorkerConfigSchema } from '../../pod-worker/src/config.ts';
import type { GeneratedFile } from '../reference/reference-pages.ts';
import { valuesSchema, valuesYaml } from './chart-values.ts';

const CHART = 'charts/feedmill';
const HEAD = '# Made by `npm run generate`; not to be edited.\n';

/** What of the chart is made from the sources, as it should be now. */
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
  ];
}

const yamlOf = (document: unknown): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
