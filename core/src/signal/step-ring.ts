import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';

/** The last values of a figure, one a step; the oldest makes room. */
export class StepRing {
  readonly #values: Float64Array;
  #next = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  get isFull(): boolean {
    return this.#count === this.#values.length;
  }

  push(value: number): void {
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
    if (this.#count < this.#values.length) this.#count += 1;
  }

  /** Oldest first. */
  *values(): Generator<number> {
    const { length } = this.#values;
    const first = (this.#next - this.#count + length) % length;
    for (let index = 0; index < this.#count; index += 1) {
      yield this.#values[(first + index) % length] ?? 0;
    }
  }

  clear(): void {
    this.#next = 0;
    this.#count = 0;
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#count);
    for (const value of this.values()) writer.float64(value);
  }

  readState(reader: StateReader): void {
    this.clear();
    const count = reader.count(8);
    if (count > this.#values.length) throw reader.invalid('more steps than a window has');
    for (let left = count; left > 0; left -= 1) this.push(reader.float64());
  }
}
