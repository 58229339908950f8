import { DOMAIN_KEYS_MAX, DOMAINS_PER_KEY_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';
import { SequenceDomain } from './sequence-domain.ts';

const STATE_VERSION = 1;

interface KnownDomain {
  readonly sessionId: string;
  readonly epoch: number;
  readonly domain: SequenceDomain;
}

/**
 * The sequence domains of one producer. A key is the text that the venue counts by, a symbol or a
 * channel; within it a session and an epoch count on their own. What is forgotten at a bound keeps
 * its open gaps as they were reported: not repaired.
 */
export class SequenceDomains {
  readonly #reorderWindow: number;
  readonly #limits: { readonly keys: number; readonly domainsPerKey: number };
  /** Of each key the domains, the one used last in front. */
  readonly #byKey = new Map<string, KnownDomain[]>();

  /** @param reorderWindow see SequenceDomain */
  constructor(
    reorderWindow = 0,
    limits = { keys: DOMAIN_KEYS_MAX, domainsPerKey: DOMAINS_PER_KEY_MAX },
  ) {
    this.#reorderWindow = reorderWindow;
    this.#limits = limits;
  }

  /** The domain of an event, made where it is new. Not to be kept beyond the event. */
  find(key: string, sessionId: string, epoch: number): SequenceDomain {
    const known = this.#byKey.get(key);
    const first = known?.[0];
    if (first !== undefined && first.epoch === epoch && first.sessionId === sessionId) {
      return first.domain;
    }
    return this.#findRare(known ?? this.#addKey(key), sessionId, epoch);
  }

  /** Every domain, in a fixed order: for the end of a session. */
  *all(): Generator<{ key: string; sessionId: string; epoch: number; domain: SequenceDomain }> {
    for (const [key, known] of this.#byKey) {
      for (const each of known) yield { key, ...each };
    }
  }

  writeState(writer: StateWriter): void {
    writer.varint(STATE_VERSION);
    writer.varint(this.#byKey.size);
    for (const [key, known] of this.#byKey) {
      writer.text(key);
      writer.varint(known.length);
      for (const { sessionId, epoch, domain } of known) {
        writer.text(sessionId);
        writer.varint(epoch);
        domain.writeState(writer);
      }
    }
  }

  /**
   * @param reorderWindow for domains that are made from now on
   * @throws StateError when the bytes are not such a state
   */
  static readState(reader: StateReader, reorderWindow = 0): SequenceDomains {
    reader.version(STATE_VERSION, 'the sequence state');
    const domains = new SequenceDomains(reorderWindow);
    const keyCount = reader.count(2);
    for (let index = 0; index < keyCount; index += 1) {
      const known = domains.#addKey(reader.text());
      const knownCount = reader.count(4);
      for (let rank = 0; rank < knownCount; rank += 1) {
        const sessionId = reader.text();
        const epoch = reader.varint();
        known.push({ sessionId, epoch, domain: SequenceDomain.readState(reader) });
      }
    }
    return domains;
  }

  #findRare(known: KnownDomain[], sessionId: string, epoch: number): SequenceDomain {
    const at = known.findIndex((each) => each.epoch === epoch && each.sessionId === sessionId);
    const found =
      at >= 0
        ? (known.splice(at, 1)[0] as KnownDomain)
        : { sessionId, epoch, domain: new SequenceDomain(this.#reorderWindow) };
    known.unshift(found);
    if (known.length > this.#limits.domainsPerKey) known.pop();
    return found.domain;
  }

  #addKey(key: string): KnownDomain[] {
    if (this.#byKey.size >= this.#limits.keys) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    const known: KnownDomain[] = [];
    this.#byKey.set(key, known);
    return known;
  }
}
