import { textHash } from './chance.ts';

/**
 * A fingerprint of everything that happened, in order: two runs with the same one were the same.
 * With a listener it also tells what happens.
 */
export class Trace {
  #hash = 0x811c9dc5;
  readonly #listener: ((line: string) => void) | undefined;

  constructor(listener?: (line: string) => void) {
    this.#listener = listener;
  }

  get fingerprint(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  step(atUs: number, label: string): void {
    this.#hash = Math.imul(textHash(label, this.#hash) ^ atUs, 0x01000193) >>> 0;
  }

  /** Something that a reader of the run wants to know; part of the fingerprint. */
  note(atMs: number, text: string): void {
    this.#hash = textHash(text, this.#hash);
    this.#listener?.(`${atMs.toFixed(3).padStart(12)} ${text}`);
  }
}
