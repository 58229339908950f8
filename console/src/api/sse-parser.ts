/** One message of a Server-Sent Events stream. */
export interface SseMessage {
  /** The name in `event:`; `message` where there is none. */
  readonly event: string;
  readonly data: string;
  /** The last `id:` seen up to here: where to resume. */
  readonly id: string | undefined;
}

/**
 * Reads a stream of Server-Sent Events as its text arrives, cut anywhere (WHATWG HTML, 9.2.6).
 * EventSource itself cannot send a key in a header.
 */
export class SseParser {
  readonly #messageCharsMax: number;
  #rest = '';
  #event = '';
  #data: string[] = [];
  #dataChars = 0;
  #id: string | undefined;

  constructor(messageCharsMax: number) {
    this.#messageCharsMax = messageCharsMax;
  }

  /** @throws RangeError when one message is longer than allowed */
  push(text: string): SseMessage[] {
    const messages: SseMessage[] = [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line !== '') this.#field(line);
      else if (this.#data.length > 0 || this.#event !== '') messages.push(this.#dispatch());
    }
    this.#check(this.#dataChars + this.#rest.length);
    return messages;
  }

  #field(line: string): void {
    const colon = line.indexOf(':');
    // A comment: the gateway's heartbeat.
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') this.#event = value;
    else if (name === 'id') this.#id = value;
    else if (name === 'data') {
      this.#data.push(value);
      this.#dataChars += value.length;
      this.#check(this.#dataChars);
    }
  }

  #dispatch(): SseMessage {
    const event = this.#event === '' ? 'message' : this.#event;
    const message = { event, data: this.#data.join('\n'), id: this.#id };
    this.#event = '';
    this.#data = [];
    this.#dataChars = 0;
    return message;
  }

  #check(chars: number): void {
    if (chars <= this.#messageCharsMax) return;
    throw new RangeError(
      `A message of the live stream has over ${this.#messageCharsMax} characters`,
    );
  }
}
