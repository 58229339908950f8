import { FeedmillError } from '@feedmill/core/errors';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import type { FindInstrument } from '@feedmill/core/quote/venue-quote-state';
import { StateReader } from '@feedmill/core/state/state-reader';
import { StateWriter } from '@feedmill/core/state/state-writer';
import type { EventContext } from './event-context.ts';
import { ReferenceData } from './reference-data.ts';
import { ShardQuotes } from './shard-quotes.ts';
import {
  DEFAULT_SETTINGS,
  decodeSettings,
  modelName,
  type ShardSettings,
} from './shard-settings.ts';

const STATE_VERSION = 2;

/**
 * What holds for all producers of a shard: the reference data and the settings that its journal
 * says are in force, and what their quotes come to together.
 */
export class ShardKnowledge {
  readonly reference = new ReferenceData();
  readonly quotes: ShardQuotes;
  readonly #model: SentimentModel | undefined;
  #settings = DEFAULT_SETTINGS;

  /** @param model the one that this process has */
  constructor(model: SentimentModel | undefined, context: EventContext) {
    this.#model = model;
    this.quotes = new ShardQuotes(context, () => this.#settings);
  }

  /** Whether somebody is told of alerts. */
  get sendsAlerts(): boolean {
    return this.#settings.sendsAlerts;
  }

  /** Settings hold from their entry in the journal on. */
  setSettings(settings: ShardSettings): void {
    this.#settings = settings;
    this.quotes.board.agesChanged();
  }

  /**
   * What scores news here; undefined: nothing does.
   *
   * @throws FeedmillError CONFIG_INVALID where the journal asks for another model than there is
   */
  sentimentModel(): SentimentModel | undefined {
    const { sentimentModel: inForce } = this.#settings;
    if (inForce === '') return undefined;
    const given = modelName(this.#model);
    if (given === inForce) return this.#model;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The journal holds news that are scored by the sentiment model ${inForce}; this ` +
        `worker has ${given === '' ? 'none' : given}. Start with the --sentiment-model of ` +
        'before; after an orderly stop, with everything committed, it can be changed.',
    );
  }

  encodeState(): Uint8Array {
    const writer = new StateWriter();
    writer.varint(STATE_VERSION);
    writer.text(JSON.stringify(this.#settings));
    this.reference.writeState(writer);
    this.quotes.writeState(writer);
    return writer.finish();
  }

  /**
   * Restores what `encodeState` wrote. What it returns restores the rest, once the producers have
   * been.
   *
   * @throws StateError where the bytes are no such state
   */
  restoreState(state: Uint8Array): (find: FindInstrument) => void {
    const reader = new StateReader(state);
    reader.version(STATE_VERSION, 'the state of a shard');
    this.#settings = decodeSettings(Buffer.from(reader.text()));
    this.reference.readState(reader);
    return (find) => this.quotes.readState(reader, find);
  }
}
