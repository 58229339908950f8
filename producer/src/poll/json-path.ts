/** A value, and the name or place that its parent has it under. */
export interface Found {
  readonly name: string;
  readonly value: unknown;
}

type Step =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'every' };

/**
 * The part of JSONPath (RFC 9535) that a mapping needs: names, places and `*`, from the whole
 * answer (`$`) or from one item of it (`@`); and `~`, which is not in the RFC, for the name that
 * the item stands under: `$.data.list[*]`, `@['last price']`, `@[0]`, `@~`.
 */
export class JsonPath {
  readonly isOfItem: boolean;
  readonly #steps: readonly Step[];
  readonly #isName: boolean;

  private constructor(isOfItem: boolean, steps: readonly Step[], isName: boolean) {
    this.isOfItem = isOfItem;
    this.#steps = steps;
    this.#isName = isName;
  }

  /** The path that a text says; undefined where it is none. */
  static parse(text: string): JsonPath | undefined {
    if (!/^[$@]/.test(text)) return undefined;
    const isName = text.endsWith('~');
    const steps: Step[] = [];
    let rest = text.slice(1, isName ? -1 : undefined);
    while (rest !== '') {
      const part = STEP.exec(rest);
      if (part === null) return undefined;
      steps.push(stepOf(part));
      rest = rest.slice(part[0].length);
    }
    return new JsonPath(text.startsWith('@'), steps, isName);
  }

  /** Whether it can lead to several values. */
  get isPlural(): boolean {
    return this.#steps.some(({ kind }) => kind === 'every');
  }

  /** Everything that it leads to. */
  all(root: Found): readonly Found[] {
    let found: readonly Found[] = [root];
    for (const step of this.#steps) found = found.flatMap((each) => below(each.value, step));
    return found;
  }

  /** What it leads to first; undefined where there is nothing. */
  first(root: Found): unknown {
    const [found] = this.all(root);
    return this.#isName ? found?.name : found?.value;
  }
}

const NAME = /\.(?<dotted>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]*)/;
const QUOTED = /\['(?<single>[^']*)'\]|\["(?<double>[^"]*)"\]/;
const PLACE = /\[(?<place>-?\d{1,9})\]/;
const EVERY = /(?<every>\.\*|\[\*\])/;
const STEP = new RegExp(
  `^(?:${[NAME, QUOTED, PLACE, EVERY].map(({ source }) => source).join('|')})`,
);

function stepOf({ groups = {} }: RegExpExecArray): Step {
  if (groups['every'] !== undefined) return { kind: 'every' };
  if (groups['place'] !== undefined) return { kind: 'place', place: Number(groups['place']) };
  const name = groups['dotted'] ?? groups['single'] ?? groups['double'] ?? '';
  return { kind: 'name', name };
}

function below(value: unknown, step: Step): readonly Found[] {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    if (step.kind === 'every') return list.map((each, at) => ({ name: String(at), value: each }));
    if (step.kind !== 'place') return [];
    const at = step.place < 0 ? list.length + step.place : step.place;
    return at in list ? [{ name: String(at), value: list[at] }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  const entries = value as Readonly<Record<string, unknown>>;
  if (step.kind === 'every') {
    return Object.entries(entries).map(([name, each]) => ({ name, value: each }));
  }
  if (step.kind !== 'name' || !Object.hasOwn(entries, step.name)) return [];
  return [{ name: step.name, value: entries[step.name] }];
}
