import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import type { EmitSignal } from './signal.ts';
import type { SignalRule } from './signal-rule.ts';
import { type Finding, type Watch, watchOf } from './watch.ts';

interface RuleWatch {
  readonly rule: SignalRule;
  /** The rule as text: the same text, the same state. */
  readonly key: string;
  readonly watch: Watch;
  /** Before this, in ms of event time, it says nothing more. */
  quietUntilMs: number;
}

/** The rules that are about one instrument, and what they know of it. */
export class InstrumentSignals {
  readonly instrumentId: bigint;
  #watches: readonly RuleWatch[] = [];

  constructor(instrumentId: bigint) {
    this.instrumentId = instrumentId;
  }

  /** Puts rules in force. One that stays as it was keeps what it knows. */
  setRules(rules: readonly SignalRule[]): void {
    const known = new Map(this.#watches.map((each) => [each.key, each]));
    this.#watches = rules.map((rule) => {
      const key = JSON.stringify(rule);
      return known.get(key) ?? { rule, key, watch: watchOf(rule), quietUntilMs: 0 };
    });
  }

  /** @param price and size times 1e-9 */
  onTrade(tsMs: number, price: number, size: number, emit: EmitSignal): void {
    for (const each of this.#watches) {
      const finding = each.watch.onTrade(tsMs, price, size);
      if (finding !== undefined) this.#found(each, finding, emit);
    }
  }

  /** @param score -1 to 1 */
  onNews(tsMs: number, score: number, emit: EmitSignal): void {
    for (const each of this.#watches) {
      const finding = each.watch.onNews(tsMs, score);
      if (finding !== undefined) this.#found(each, finding, emit);
    }
  }

  /** Texts of its rules. */
  get keys(): string[] {
    return this.#watches.map(({ key }) => key);
  }

  /** @param numberOf number of a rule in a list that `readState` is given */
  writeState(writer: StateWriter, numberOf: (key: string) => number): void {
    writer.varint(this.#watches.length);
    for (const { key, watch, quietUntilMs } of this.#watches) {
      writer.varint(numberOf(key));
      writer.float64(quietUntilMs);
      watch.writeState(writer);
    }
  }

  /** @param keys the list by which it was written */
  readState(reader: StateReader, keys: readonly string[]): void {
    const watches: RuleWatch[] = [];
    for (let left = reader.count(9); left > 0; left -= 1) {
      const key = keys[reader.varint()];
      if (key === undefined) throw reader.invalid('a rule that is not in the list');
      const rule = JSON.parse(key) as SignalRule;
      const watch = watchOf(rule);
      const quietUntilMs = reader.float64();
      watch.readState(reader);
      watches.push({ rule, key, watch, quietUntilMs });
    }
    this.#watches = watches;
  }

  /** A measure is said at every step, and only its alerts are rare; others are rare themselves. */
  #found(each: RuleWatch, finding: Finding, emit: EmitSignal): void {
    const { rule } = each;
    const isMeasure = rule.kind === 'return' || rule.kind === 'volatility';
    const isOver = Math.abs(finding.value) >= rule.threshold;
    const isQuiet = finding.tsMs < each.quietUntilMs;
    if (isQuiet && !isMeasure) return;
    const isAlert = rule.alert && isOver && !isQuiet;
    if (isAlert || !isMeasure) each.quietUntilMs = finding.tsMs + rule.cooldownMs;
    emit({ ...finding, rule, instrumentId: this.instrumentId, isAlert });
  }
}
