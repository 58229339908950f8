/** One figure of a page of metrics. */
interface Figure {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-z_][\w:]*)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The figures of a page in the Prometheus format. */
export class MetricText {
  readonly #figures: readonly Figure[];

  constructor(text: string) {
    this.#figures = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = LINE.exec(line) ?? [];
      return name === undefined ? [] : [{ name, labels: labelsOf(labels), value: Number(value) }];
    });
  }

  /** The first figure of that name with these labels. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    return this.#figures.find(
      (figure) =>
        figure.name === name &&
        Object.entries(labels).every(([label, wanted]) => figure.labels[label] === wanted),
    )?.value;
  }
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, label = '', value = '']) => [label, value]),
  );
}
