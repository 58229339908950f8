import { onTestFinished } from 'vitest';
import { until } from './waiting.ts';

/** One message of the live stream. */
export interface LiveFrame {
  readonly event: string;
  readonly id: string | undefined;
  /** As it came, for whoever counts or hashes. */
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Follows the gateway's live stream over Server-Sent Events, closed with the test. */
export class LiveReader {
  readonly frames: LiveFrame[] = [];
  readonly #abort = new AbortController();
  #textChars = 0;

  private constructor() {
    onTestFinished(() => this.close());
  }

  /** Waits until it is open. */
  static async open(
    url: string,
    key: string,
    query: Readonly<Record<string, string>>,
  ): Promise<LiveReader> {
    const reader = new LiveReader();
    const response = await fetch(`${url}/v1/live?${new URLSearchParams(query).toString()}`, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      signal: reader.#abort.signal,
    });
    if (response.status !== 200 || response.body === null) {
      throw new Error(`${response.status} ${await response.text()}`);
    }
    void reader.#read(response.body);
    await reader.message('open');
    return reader;
  }

  /** Characters of all that came. */
  get textChars(): number {
    return this.#textChars;
  }

  /** Id of the last message that had one. */
  get cursor(): string {
    return this.frames.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  /** The first message of this name. */
  async message(event: string): Promise<LiveFrame> {
    return await until(`a message '${event}' comes`, () =>
      this.frames.find((frame) => frame.event === event),
    );
  }

  /** Sequences of what came of a producer, in the order in which they came. */
  sequences(producer: string): number[] {
    return this.frames
      .filter(
        ({ data }) => data['producer'] === producer && data['producer_sequence'] !== undefined,
      )
      .map(({ data }) => Number(data['producer_sequence']));
  }

  close(): void {
    this.#abort.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of body) {
        const text = decoder.decode(chunk, { stream: true });
        this.#textChars += text.length;
        const parts = (rest + text).split('\n\n');
        rest = parts.pop() ?? '';
        for (const part of parts) this.#take(part);
      }
    } catch {
      // Cut off, by us or by the other side.
    }
  }

  #take(part: string): void {
    const fields = new Map(
      part.split('\n').map((line): [string, string] => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
    );
    const text = fields.get('data');
    const event = fields.get('event');
    if (text === undefined || event === undefined) return;
    this.frames.push({ event, id: fields.get('id'), text, data: JSON.parse(text) });
  }
}
