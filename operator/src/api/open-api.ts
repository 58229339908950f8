import assert from 'node:assert/strict';

/** A schema as a CustomResourceDefinition holds it. */
export interface OpenApiSchema {
  [keyword: string]: unknown;
}

/** What Kubernetes takes as it is. */
const KEPT = new Set([
  'type',
  'description',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'maxItems',
  'pattern',
  'format',
  'additionalProperties',
]);

/**
 * The structural schema that Kubernetes wants, made from one of typebox: types stand everywhere,
 * alternatives are enums, and what has a default is not required, because it is always there.
 */
export function openApiOf(schema: object): OpenApiSchema {
  const result: OpenApiSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (KEPT.has(keyword) || keyword.startsWith('x-kubernetes-')) result[keyword] = value;
    else if (keyword === 'properties') {
      result['properties'] = Object.fromEntries(
        Object.entries(value as Record<string, object>).map(([name, each]) => [
          name,
          openApiOf(each),
        ]),
      );
    } else if (keyword === 'items') result['items'] = openApiOf(value as object);
    else if (keyword === 'enum') result['enum'] = value;
    else if (keyword === 'anyOf') result['enum'] = constantsOf(value as readonly object[]);
    else assert(keyword === 'required', `${keyword} has no counterpart in a CRD`);
  }
  if (result['enum'] !== undefined) result['type'] = 'string';
  assert(result['type'] !== undefined, `no type: ${JSON.stringify(schema)}`);
  if (result['type'] === 'object' && 'default' in result) result['default'] = filled(result);
  const required = requiredOf(schema);
  if (required.length > 0) result['required'] = required;
  return result;
}

/** The default of an object with those of its fields: rules are evaluated on it as it stands. */
function filled(schema: OpenApiSchema): object {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, OpenApiSchema>>;
  const fields = Object.entries(properties)
    .filter(([, each]) => 'default' in each)
    .map(([name, each]) => [name, each['default']]);
  return { ...Object.fromEntries(fields), ...(schema['default'] as object) } as object;
}

interface SchemaObject {
  readonly properties?: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}

function requiredOf({ properties = {}, required = [] }: SchemaObject): string[] {
  return required.filter((name) => !('default' in (properties[name] ?? {})));
}

function constantsOf(alternatives: readonly object[]): string[] {
  return alternatives.map((each) => {
    assert('const' in each && typeof each.const === 'string', 'alternatives must be texts');
    return each.const;
  });
}
