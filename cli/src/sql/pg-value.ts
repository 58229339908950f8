/** Oids of pg_type that are written as JSON's own kinds; everything else is its text. */
const OID = {
  bool: 16,
  int2: 21,
  int4: 23,
  oid: 26,
  float4: 700,
  float8: 701,
  json: 114,
  jsonb: 3802,
} as const;

const INT8_OID = 20;
const NUMERIC_OID = 1700;

const NUMBERS: ReadonlySet<number> = new Set([
  OID.int2,
  OID.int4,
  OID.oid,
  OID.float4,
  OID.float8,
  INT8_OID,
  NUMERIC_OID,
]);

/** Whether a column of this type is read by its digits, and so belongs to the right. */
export const isNumberType = (oid: number): boolean => NUMBERS.has(oid);

/**
 * A value as JSON text, from the server's text form. 64-bit integers and numerics stay text, since
 * a reader's double would change them; so do NaN and Infinity, which JSON does not have.
 */
export function jsonOf(oid: number, text: string | null): string {
  if (text === null) return 'null';
  switch (oid) {
    case OID.bool:
      return text === 't' ? 'true' : 'false';
    case OID.int2:
    case OID.int4:
    case OID.oid:
      return text;
    case OID.float4:
    case OID.float8:
      return Number.isFinite(Number(text)) ? text : JSON.stringify(text);
    case OID.json:
    case OID.jsonb:
      // As the server wrote it: parsing would cut long numbers in it.
      return text;
    default:
      return JSON.stringify(text);
  }
}

/** A value as one line of text, at most `columnsMax` characters. */
export function cellOf(text: string | null, columnsMax: number): string {
  if (text === null) return 'null';
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, escapeControl);
  return line.length <= columnsMax ? line : `${line.slice(0, columnsMax - 1)}…`;
}

function escapeControl(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

/** Names of an object's fields: columns of the same name are numbered from the second on. */
export function fieldNames(columns: readonly string[]): string[] {
  const taken = new Set<string>();
  return columns.map((name) => {
    let field = name;
    for (let count = 2; taken.has(field); count += 1) field = `${name}_${count}`;
    taken.add(field);
    return field;
  });
}
