import { alertsPage } from './alerts-page.ts';
import { chartValuesPage } from './chart-values-page.ts';
import { cliPage } from './cli-page.ts';
import { columnsPage } from './columns-page.ts';
import {
  connectorConfigPage,
  gatewayConfigPage,
  operatorConfigPage,
  workerConfigPage,
} from './config-page.ts';
import { customResourcesPage } from './custom-resources-page.ts';
import { deadLettersPage } from './dead-letters-page.ts';
import { errorsPage } from './errors-page.ts';
import { limitsPage } from './limits-page.ts';
import { metricsPage } from './metrics-page.ts';
import { openApiFile } from './open-api-file.ts';

/** A file that is made from the sources. */
export interface GeneratedFile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly text: string;
}

/** All of docs/reference/, as it should be now. */
export async function referencePages(): Promise<GeneratedFile[]> {
  return [
    { path: 'docs/reference/alerts.md', text: alertsPage() },
    { path: 'docs/reference/chart-values.md', text: chartValuesPage() },
    { path: 'docs/reference/cli.md', text: cliPage() },
    { path: 'docs/reference/columns.md', text: columnsPage() },
    { path: 'docs/reference/config-connector.md', text: connectorConfigPage() },
    { path: 'docs/reference/config-gateway.md', text: gatewayConfigPage() },
    { path: 'docs/reference/config-operator.md', text: operatorConfigPage() },
    { path: 'docs/reference/config-worker.md', text: workerConfigPage() },
    { path: 'docs/reference/custom-resources.md', text: customResourcesPage() },
    { path: 'docs/reference/dead-letters.md', text: deadLettersPage() },
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/limits.md', text: await limitsPage() },
    { path: 'docs/reference/metrics.md', text: await metricsPage() },
    { path: 'docs/reference/openapi.json', text: openApiFile() },
  ];
}
