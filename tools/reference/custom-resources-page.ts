import { customResourceDefinitions } from '../../operator/src/api/custom-resources.ts';
import { WorkerConfigSchema } from '../../pod-worker/src/config.ts';
import { code, page, sourceLink, table } from './markdown.ts';

const INTRODUCTION = `Every field of the objects that the operator takes; \`kubectl explain\` says
the same. [How to use them](../kubernetes.md). All are of \`feedmill.dev/v1alpha1\` and live
in a namespace.`;

/** A schema of a CustomResourceDefinition. */
interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly message: string }[];
}

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string; readonly shortNames: readonly string[] };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: FieldSchema } }[];
  };
}

export function customResourcesPage(): string {
  const definitions = customResourceDefinitions(
    WorkerConfigSchema.properties,
  ) as unknown as readonly Definition[];
  return page('Custom resources', sourceLink('operator/src/api'), [
    INTRODUCTION,
    ...definitions.flatMap(partsOf),
  ]);
}

function partsOf({ spec: { names, versions } }: Definition): string[] {
  const root = versions[0]?.schema.openAPIV3Schema ?? {};
  const { spec, status } = root.properties ?? {};
  const rules = rulesOf(root);
  const titles = ['field', 'type', 'default', 'meaning'];
  return [
    `## ${names.kind}`,
    `${root.description ?? ''} Short name: ${names.shortNames.map(code).join(', ')}.`,
    table(titles, fieldsOf(spec, 'spec')),
    ...(rules.length === 0 ? [] : [`Refused by the API server:\n\n- ${rules.join('\n- ')}`]),
    table(['field', 'type', 'meaning'], statusRows(status)),
  ];
}

function statusRows(status: FieldSchema | undefined): string[][] {
  return fieldsOf(status, 'status').map(([field = '', type = '', , meaning = '']) => [
    field,
    type,
    meaning,
  ]);
}

function fieldsOf({ properties = {}, required = [] }: FieldSchema = {}, at: string): string[][] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${at}.${name}`;
    const isList = schema.type === 'array';
    const inner = isList ? (schema.items ?? {}) : schema;
    const rows = fieldsOf(inner, isList ? `${path}[]` : path);
    const isConditions = name === 'conditions';
    return [
      [
        code(path),
        typeText(schema),
        defaultText(schema, required.includes(name)),
        meaningOf(schema),
      ],
      ...(isConditions ? [] : rows),
    ];
  });
}

function typeText({ type = '', enum: values, minimum, maximum, items }: FieldSchema): string {
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'array') return `list of ${items?.type ?? 'object'}`;
  if (minimum === undefined) return type;
  return maximum === undefined ? `${type} from ${minimum}` : `${type}, ${minimum} to ${maximum}`;
}

function defaultText({ default: value, properties }: FieldSchema, isRequired: boolean): string {
  if (isRequired) return 'required';
  if (value === undefined || properties !== undefined) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

const meaningOf = ({ description = '' }: FieldSchema): string => description;

function rulesOf(schema: FieldSchema): string[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  return [...own, ...Object.values(schema.properties ?? {}).flatMap(rulesOf)];
}
