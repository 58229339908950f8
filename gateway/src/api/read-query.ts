import type { Static, TObject, TSchema } from 'typebox';
import Value from 'typebox/value';
import { Problem } from '../problem.ts';

/** What of a JSON Schema says how the text of a parameter is read. */
interface SchemaFacts {
  readonly type?: string;
  readonly items?: unknown;
}

const INTEGER = /^-?\d{1,15}$/;
const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/;
const SEEN_CHARS_MAX = 100;

/**
 * The parameters of a query by their schema: unknown ones, repeated ones and wrong values are all
 * refused, with every fault in one answer.
 *
 * @param search what follows the `?`
 * @throws Problem malformed-request
 */
export function readQuery<Schema extends TObject>(schema: Schema, search: string): Static<Schema> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const properties = schema.properties as Readonly<Record<string, TSchema>>;
  for (const [name, text] of new URLSearchParams(search)) {
    if (!Object.hasOwn(properties, name)) {
      const allowed = Object.keys(properties).join(', ') || 'none';
      faults.push(`there is no parameter '${shown(name)}' here (allowed: ${allowed})`);
    } else if (Object.hasOwn(values, name)) {
      faults.push(`'${name}' is there twice`);
    } else {
      values[name] = valueOf(properties[name] as SchemaFacts, text);
    }
  }
  return checked(schema, values, faults);
}

/**
 * Parameters of a path by their schema.
 *
 * @throws Problem malformed-request
 */
export const readPath = <Schema extends TObject>(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
): Static<Schema> => checked(schema, values, []);

/**
 * A body by its schema.
 *
 * @throws Problem malformed-request
 */
export function readBody<Schema extends TSchema>(schema: Schema, body: unknown): Static<Schema> {
  if (Value.Check(schema, body)) return body;
  throw malformed(faultsOf(schema, body, 'the body'));
}

function checked<Schema extends TObject>(
  schema: Schema,
  values: Readonly<Record<string, unknown>>,
  faults: string[],
): Static<Schema> {
  const whole = Value.Default(schema, values);
  if (!Value.Check(schema, whole)) faults.push(...faultsOf(schema, whole, 'the query'));
  if (faults.length > 0) throw malformed(faults);
  return whole as Static<Schema>;
}

const malformed = (faults: readonly string[]): Problem =>
  new Problem('malformed-request', `${[...new Set(faults)].join('; ')}.`);

function faultsOf(schema: TSchema, value: unknown, whole: string): string[] {
  return [...Value.Errors(schema, value)].map(({ instancePath, message }) => {
    if (instancePath === '') return `${whole} ${message}`;
    const path = instancePath.slice(1).replaceAll('/', '.');
    const seen = JSON.stringify(Value.Pointer.Get(value, instancePath)) ?? 'nothing';
    return `'${path}' ${message} (seen: ${shown(seen)})`;
  });
}

const shown = (text: string): string =>
  text.length > SEEN_CHARS_MAX ? `${text.slice(0, SEEN_CHARS_MAX)}…` : text;

/** The text as the kind of value that the schema speaks of; what is none stays text. */
function valueOf(facts: SchemaFacts, text: string): unknown {
  switch (facts.type) {
    case 'integer':
      return INTEGER.test(text) ? Number(text) : text;
    case 'number':
      return NUMBER.test(text) ? Number(text) : text;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text;
    case 'array':
      return text.split(',');
    default:
      return text;
  }
}
