import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  decodeEntry,
  ENTRY_HEADER_BYTES,
  encodeHeader,
  entryHash,
  type JournalEntry,
} from '@feedmill/pod-worker/journal/journal-entry';

/** The newest segment of a shard's journal while no worker has it open: read, or damaged. */
export class JournalFile {
  readonly #path: string;
  readonly #bytes: Buffer;
  readonly #places: { readonly entry: JournalEntry; readonly offset: number }[] = [];
  readonly #endOffset: number;

  /** @param volume the `--dir` of the worker */
  constructor(volume: string) {
    const folder = path.join(volume, 'journal', 'segments');
    const name = readdirSync(folder)
      .filter((each) => each.endsWith('.journal'))
      .sort()
      .at(-1);
    this.#path = path.join(folder, name ?? '');
    this.#bytes = readFileSync(this.#path);
    let offset = 0;
    for (;;) {
      const entry = decodeEntry(this.#bytes, offset);
      if (typeof entry === 'string') break;
      this.#places.push({ entry, offset });
      offset += ENTRY_HEADER_BYTES + entry.payload.byteLength;
    }
    this.#endOffset = offset;
  }

  get entries(): readonly JournalEntry[] {
    return this.#places.map(({ entry }) => entry);
  }

  /** Turns one bit over. A second call with the same arguments turns it back. */
  flipBit(position: number, payloadByte: number): void {
    const place = this.#places.find(({ entry }) => entry.position === position);
    if (place === undefined) throw new Error(`no entry ${position} in ${this.#path}`);
    const at = place.offset + ENTRY_HEADER_BYTES + payloadByte;
    this.#bytes.writeUInt8(this.#bytes.readUInt8(at) ^ 1, at);
    writeFileSync(this.#path, this.#bytes);
  }

  /** Writes the first bytes of an entry that would follow the last one, as a crash may. */
  tearNext(lengthBytes: number): void {
    const last = this.#places.at(-1);
    if (last === undefined) throw new Error(`no entry in ${this.#path}`);
    const next: JournalEntry = {
      ...last.entry,
      position: (last.entry.position + 1) as JournalEntry['position'],
      previousHash: entryHash(encodeHeader(last.entry)),
    };
    const whole = Buffer.concat([encodeHeader(next), next.payload]);
    whole.copy(this.#bytes, this.#endOffset, 0, lengthBytes);
    writeFileSync(this.#path, this.#bytes);
  }
}
