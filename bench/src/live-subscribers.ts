import { Agent, type IncomingMessage, request } from 'node:http';

const TS_RECV = /"ts_recv":"(\d+)"/g;
const TS_INIT = /"ts_init":"(\d+)"/g;
const NANOS_PER_MS = 1e6;

/** Clients of the live stream that note how old each message is when it arrives. */
export class LiveSubscribers {
  /** From the feed having it to the client having it, ms. */
  readonly sinceFeedMs: number[] = [];
  /** From the worker receiving it, ms. */
  readonly sinceWorkerMs: number[] = [];
  isMeasuring = false;
  messages = 0;
  conflated = 0;
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  readonly #streams: IncomingMessage[] = [];

  get count(): number {
    return this.#streams.length;
  }

  /** Opens one more stream of these topics. */
  async open(url: string, key: string, topics: string): Promise<void> {
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      request(
        `${url}/v1/live?topics=${encodeURIComponent(topics)}`,
        { agent: this.#agent, headers: { authorization: `Bearer ${key}` } },
        (response) => {
          if (response.statusCode === 200) resolve(response);
          else reject(new Error(`a stream was refused with ${response.statusCode}`));
        },
      )
        .on('error', reject)
        .end();
    });
    this.#streams.push(stream);
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#take(text));
    stream.on('error', () => undefined);
  }

  close(): void {
    for (const stream of this.#streams.splice(0)) stream.destroy();
    this.#agent.destroy();
  }

  #take(text: string): void {
    if (!this.isMeasuring) return;
    const now = (performance.timeOrigin + performance.now()) * NANOS_PER_MS;
    const note = (pattern: RegExp, into: number[]): void => {
      for (const [, nanos] of text.matchAll(pattern))
        into.push((now - Number(nanos)) / NANOS_PER_MS);
    };
    const before = this.sinceFeedMs.length;
    note(TS_RECV, this.sinceFeedMs);
    note(TS_INIT, this.sinceWorkerMs);
    this.messages += this.sinceFeedMs.length - before;
    if (text.includes('event: conflated')) this.conflated += 1;
  }
}
