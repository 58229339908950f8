/**
 * Puts the lines of a CSV file together to records (RFC 4180): a field in quotes may hold commas,
 * doubled quotes and line breaks. Holds at most one record, of at most `charsMax`.
 */
export class CsvRecords {
  readonly #charsMax: number;
  #begun: string | undefined;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  /** Whether a field in quotes has begun and not ended. */
  get isOpen(): boolean {
    return this.#begun !== undefined;
  }

  /** The fields of a record that is complete with this line; undefined while it goes on. */
  add(line: string): string[] | undefined {
    const text = this.#begun === undefined ? line : `${this.#begun}\n${line}`;
    const fields = fieldsOf(text);
    const goesOn = fields === undefined && text.length <= this.#charsMax;
    this.#begun = goesOn ? text : undefined;
    return goesOn ? undefined : (fields ?? [text]);
  }

  /** Gives up a record whose last field never ends; its text so far. */
  abandon(): string {
    const text = this.#begun ?? '';
    this.#begun = undefined;
    return text;
  }
}

/** Undefined where a quote is open at the end. */
function fieldsOf(text: string): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return undefined;
      fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
      // What stands between a closing quote and the comma belongs to no field.
      at = text.indexOf(',', end);
    } else {
      const comma = text.indexOf(',', at);
      fields.push(text.slice(at, comma < 0 ? undefined : comma));
      at = comma;
    }
    if (at < 0) return fields;
    at += 1;
  }
}

/** The next quote that is not doubled. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}
