import { ChartValuesSchema } from '../../operator/src/api/chart-values.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `What \`helm install --set\` and a file of values may say. A value that is
not here is refused. [How to install](../kubernetes.md#install).`;

interface ValueSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
}

export function chartValuesPage(): string {
  const rows = rowsOf(ChartValuesSchema as unknown as ValueSchema, '');
  return page('Values of the chart', sourceLink('operator/src/api/chart-values.ts'), [
    INTRODUCTION,
    table(['value', 'default', 'meaning'], rows),
  ]);
}

function rowsOf({ properties = {} }: ValueSchema, prefix: string): string[][] {
  return Object.entries(properties).flatMap(([name, each]) => {
    if (each.properties !== undefined) return rowsOf(each, `${prefix}${name}.`);
    const value = each.default ?? (each.type === 'array' ? [] : {});
    return [[code(prefix + name), code(JSON.stringify(value)), each.description ?? '']];
  });
}
