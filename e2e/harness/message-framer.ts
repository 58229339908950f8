/** How a protocol marks its messages in a stream of bytes. */
export interface Framing {
  /** Bytes before the first message. */
  readonly prefaceBytes: number;
  readonly headerBytes: number;
  /** Length of the whole message, header and all. */
  lengthOf(header: Buffer): number;
  /** Bytes of the message, header and all, that its reader wants to see. */
  wantedOf(header: Buffer): number;
}

/** Finds the messages in the chunks of a connection. */
export class MessageFramer {
  readonly #framing: Framing;
  #start: Buffer = Buffer.alloc(0);
  /** Bytes left of a message whose start was seen already, or of the preface. */
  #skip: number;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#skip = framing.prefaceBytes;
  }

  /**
   * Takes the next chunk.
   *
   * @param visit gets the wanted bytes of each message, and where in the chunk they end
   */
  push(chunk: Buffer, visit: (start: Buffer, endOffset: number, length: number) => void): void {
    const { headerBytes } = this.#framing;
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const wanted =
        this.#start.length < headerBytes ? headerBytes : this.#framing.wantedOf(this.#start);
      if (this.#start.length < wanted) {
        const taken = chunk.subarray(at, at + wanted - this.#start.length);
        this.#start = Buffer.concat([this.#start, taken]);
        at += taken.length;
      }
      if (this.#start.length < headerBytes) continue;
      if (this.#start.length < this.#framing.wantedOf(this.#start)) continue;
      const start = this.#start;
      const length = this.#framing.lengthOf(start);
      this.#start = Buffer.alloc(0);
      this.#skip = length - start.length;
      visit(start, at, length);
    }
  }
}
