import { type Nanos, parseNanos } from '../text/decimal.ts';

/** Reads what the API sent, field by field; what is missing or of another kind is undefined. */
export class JsonFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    const isRecord = typeof json === 'object' && json !== null && !Array.isArray(json);
    this.#fields = isRecord ? (json as Record<string, unknown>) : {};
  }

  text(name: string): string | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  }

  /** A number, or the text of one; what passes 2^53 is rounded, so no ids and no prices. */
  number(name: string): number | undefined {
    const value = this.#fields[name];
    if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
    if (typeof value !== 'string' || value === '') return undefined;
    const parsed = Number(value);
    return Number.isFinite(parsed) ? parsed : undefined;
  }

  /** A 64-bit integer, sent as text. */
  integer(name: string): bigint | undefined {
    const value = this.#fields[name];
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
  }

  /** A price or size, sent as decimal text. */
  decimal(name: string): Nanos | undefined {
    const value = this.#fields[name];
    return typeof value === 'string' ? parseNanos(value) : undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.#fields[name];
    return typeof value === 'boolean' ? value : undefined;
  }

  record(name: string): JsonFields | undefined {
    const value = this.#fields[name];
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new JsonFields(value)
      : undefined;
  }

  list(name: string): JsonFields[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.map((each) => new JsonFields(each)) : [];
  }
}

/** The items of a list that the API answered, without those that cannot be read. */
export const itemsOf = <T>(answer: JsonFields, decode: (item: JsonFields) => T | undefined): T[] =>
  answer.list('items').flatMap((item) => decode(item) ?? []);
