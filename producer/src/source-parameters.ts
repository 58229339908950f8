import { FeedmillError } from '@feedmill/core/errors';

/** A parameter of a source as `feedmill sources` lists it. */
export interface SourceParameter {
  readonly name: string;
  /** What it does, with its unit. */
  readonly meaning: string;
  /** What holds where it is not given. */
  readonly defaultText: string;
}

/** What a number may be. */
export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** An error about the SPEC `text`: `problem` says what was seen, what is allowed, what to do. */
export function specError(text: string, problem: string): FeedmillError {
  return new FeedmillError('SOURCE_INVALID', `--source '${text}': ${problem}.`);
}

/** The parameters behind the `?` of a SPEC: every one known, given once, and of its type. */
export class SourceParameters {
  readonly #spec: string;
  readonly #values = new Map<string, string>();

  /**
   * @param spec the whole SPEC, for messages
   * @param query what stands behind its `?`
   * @throws FeedmillError SOURCE_INVALID on a parameter that is unknown, doubled or without value
   */
  constructor(spec: string, query: string, allowed: readonly SourceParameter[]) {
    this.#spec = spec;
    const names = allowed.map((each) => each.name);
    for (const part of query.split('&')) {
      if (part === '') continue;
      const equals = part.indexOf('=');
      const name = equals < 0 ? part : part.slice(0, equals);
      if (!names.includes(name)) {
        const listed = names.join(', ');
        throw specError(
          spec,
          `'${name}' is not a parameter of this source, which takes ${listed}${hint(name, names)}`,
        );
      }
      if (this.#values.has(name)) throw specError(spec, `'${name}' is given twice; give it once`);
      const value = equals < 0 ? '' : decodePercent(part.slice(equals + 1));
      if (value === '') {
        throw specError(spec, `'${name}' has no value; write ${name}=VALUE or leave it out`);
      }
      this.#values.set(name, value);
    }
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** @throws FeedmillError SOURCE_INVALID on anything but a plain number within `rule` */
  number(name: string, rule: NumberRule): number | undefined {
    const text = this.#values.get(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    const plain = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
    const whole = rule.integer !== true || Number.isSafeInteger(value);
    if (!plain || !whole || value < rule.min || value > rule.max) {
      const kind = rule.integer === true ? 'a whole number' : 'a number';
      throw specError(
        this.#spec,
        `${name} is '${text}'; it must be ${kind} from ${rule.min} to ${rule.max}`,
      );
    }
    return value;
  }
}

/** `; did you mean 'x'?` without the question mark, where a name is near; otherwise empty. */
export function hint(seen: string, allowed: readonly string[]): string {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(seen.length / 3)) + 1;
  for (const each of allowed) {
    const distance = each.startsWith(seen) && seen !== '' ? 1 : editDistance(seen, each);
    if (distance < bestDistance) {
      best = each;
      bestDistance = distance;
    }
  }
  return best === undefined ? '' : ` (did you mean '${best}'?)`;
}

/** Reads %2C, %3F, %26 and %25 only, so that a path with a bare per cent sign stays as it is. */
export function decodePercent(text: string): string {
  return text.replace(/%(2C|3F|26|25)/gi, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
}

/** The inverse of `decodePercent`. */
export function encodePercent(text: string): string {
  return text.replace(/[%,?&]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Levenshtein's distance: how many letters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = (row[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[to.length] as number;
}
