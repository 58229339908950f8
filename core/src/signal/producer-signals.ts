import { SIGNAL_INSTRUMENTS_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { InstrumentSignals } from './instrument-signals.ts';
import type { EmitSignal } from './signal.ts';
import { appliesTo, type SignalRule } from './signal-rule.ts';

/** The rules in force; another version is another object. */
export interface SignalRules {
  readonly rules: readonly SignalRule[];
}

/**
 * The signals of one producer's events: a pure function of them and of the rules in force. Like
 * bars they belong to the producer, whose order is the only one that is sure.
 */
export class ProducerSignals {
  readonly #rules: () => SignalRules;
  readonly #emit: EmitSignal;
  readonly #instruments = new Map<bigint, InstrumentSignals>();
  #inForce: SignalRules | undefined;
  /** Instruments that the rules in force were applied to. */
  readonly #current = new Set<bigint>();

  /** @param rules how they are now; they may change between calls */
  constructor(rules: () => SignalRules, emit: EmitSignal) {
    this.#rules = rules;
    this.#emit = emit;
  }

  /** Whether there is anything to look for; cheap. */
  get isIdle(): boolean {
    return this.#rules().rules.length === 0;
  }

  /** @param price and size times 1e-9 */
  onTrade(instrument: Named, tsMs: number, price: number, size: number): void {
    this.#of(instrument)?.onTrade(tsMs, price, size, this.#emit);
  }

  /** @param score what the news say of it, weighted by how surely it is meant: -1 to 1 */
  onNews(instrument: Named, tsMs: number, score: number): void {
    this.#of(instrument)?.onNews(tsMs, score, this.#emit);
  }

  writeState(writer: StateWriter): void {
    const instruments = [...this.#instruments.values()];
    const keys = [...new Set(instruments.flatMap((each) => each.keys))];
    const numbers = new Map(keys.map((key, number) => [key, number]));
    writer.varint(keys.length);
    for (const key of keys) writer.text(key);
    writer.varint(instruments.length);
    for (const each of instruments) {
      writer.integer(each.instrumentId);
      each.writeState(writer, (key) => numbers.get(key) ?? 0);
    }
  }

  readState(reader: StateReader): void {
    this.#instruments.clear();
    const keys = Array.from({ length: reader.count() }, () => reader.text());
    for (let left = reader.count(2); left > 0; left -= 1) {
      const each = new InstrumentSignals(reader.bigint());
      each.readState(reader, keys);
      this.#instruments.set(each.instrumentId, each);
    }
  }

  #of({ id, name }: Named): InstrumentSignals | undefined {
    const inForce = this.#rules();
    if (inForce !== this.#inForce) {
      // What is known of an instrument is compared with the new rules when it is next spoken of.
      this.#inForce = inForce;
      this.#current.clear();
    }
    let found = this.#instruments.get(id);
    if (found === undefined) {
      if (this.#instruments.size >= SIGNAL_INSTRUMENTS_MAX) return undefined;
      found = new InstrumentSignals(id);
      this.#instruments.set(id, found);
    }
    if (!this.#current.has(id)) {
      this.#current.add(id);
      found.setRules(inForce.rules.filter((rule) => appliesTo(rule, name)));
    }
    return found;
  }
}

/** An instrument with its canonical name. */
export interface Named {
  readonly id: bigint;
  readonly name: string;
}
