import { stringify } from 'yaml';

/** A schema of values, as typebox makes it. */
interface ValueSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
}

const COMMENT_COLUMNS = 96;

/** values.schema.json, by which Helm refuses what it does not know. */
export function valuesSchema(schema: object): string {
  const document = { $schema: 'http://json-schema.org/draft-07/schema#', ...closed(schema) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** values.yaml: every default, below what it means. */
export function valuesYaml(schema: object, indent = ''): string {
  const { properties = {} } = schema as ValueSchema;
  const parts = Object.entries(properties).map(([name, each]) => {
    const comment = commentOf(each.description ?? '', indent);
    if (each.properties !== undefined) {
      return `${comment}${indent}${name}:\n${valuesYaml(each, `${indent}  `)}`;
    }
    const value = each.default ?? (each.type === 'array' ? [] : {});
    return comment + stringify({ [name]: value }).replaceAll(/^(?=.)/gm, indent);
  });
  return parts.join(indent === '' ? '\n' : '');
}

function closed(schema: object): object {
  if (!('properties' in schema)) return schema;
  const properties = Object.entries(schema.properties as Record<string, object>);
  const { required: _, ...rest } = schema as { required?: unknown };
  return {
    ...rest,
    additionalProperties: false,
    properties: Object.fromEntries(properties.map(([name, each]) => [name, closed(each)])),
  };
}

function commentOf(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && longer.length + indent.length + 2 <= COMMENT_COLUMNS) {
      lines[lines.length - 1] = longer;
    } else lines.push(word);
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}
