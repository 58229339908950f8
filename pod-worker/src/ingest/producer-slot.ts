import { stableId } from '@feedmill/core/stable-id';
import type { ProducerRecord } from '@feedmill/store/queries/progress';
import type { PublishStream } from './publish-stream.ts';

/** What the receiving side knows of one producer of this shard. */
export class ProducerSlot {
  readonly name: string;
  readonly id: bigint;
  /** Whether new streams are welcome. A producer that is moving away is not. */
  bound = true;
  /** SHA-256 of its token; empty: none is asked for. */
  tokenSha256: Uint8Array = new Uint8Array(0);
  /** The newest that was seen; an older one is refused. */
  incarnation = 0n;
  /** Highest sequence handed to the journal. */
  receivedThrough = 0;
  /** Highest sequence that survives the loss of this process. */
  durableThrough = 0;
  /** Highest sequence in Postgres. */
  committedThrough = 0;
  /** Totals, as committed. */
  duplicateEvents = 0;
  gaps = 0;
  deadLetters = 0;
  stream: PublishStream | undefined;

  constructor(name: string) {
    this.name = name;
    this.id = stableId(name);
  }

  /** Takes over what was counted for the same producer in another slot. */
  takeTotals(other: ProducerSlot): void {
    this.committedThrough = other.committedThrough;
    this.duplicateEvents = other.duplicateEvents;
    this.gaps = other.gaps;
    this.deadLetters = other.deadLetters;
  }

  /** Takes over what Postgres says of the producer. */
  takeRecord(record: ProducerRecord): void {
    this.committedThrough = record.lastSequence;
    this.duplicateEvents = record.duplicateEvents;
    this.gaps = record.gaps;
    this.deadLetters = record.deadLetters;
  }
}
