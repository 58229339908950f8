import { FeedmillError } from '@feedmill/core/errors';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';
import { StateReader } from '@feedmill/core/state/state-reader';
import { StateWriter } from '@feedmill/core/state/state-writer';
import { ReferenceData } from './reference-data.ts';
import type { ShardSettings } from './shard-settings.ts';
import { modelName } from './shard-settings.ts';

const STATE_VERSION = 1;

/**
 * What holds for all producers of a shard: the reference data and the settings that its journal
 * says are in force.
 */
export class ShardKnowledge {
  readonly reference = new ReferenceData();
  readonly #model: SentimentModel | undefined;
  /** Name and version of the model in force; empty: nothing is scored. */
  #modelInForce = '';

  /** @param model the one that this process has */
  constructor(model: SentimentModel | undefined) {
    this.#model = model;
  }

  /** Settings hold from their entry in the journal on. */
  setSettings({ sentimentModel }: ShardSettings): void {
    this.#modelInForce = sentimentModel;
  }

  /**
   * What scores news here; undefined: nothing does.
   *
   * @throws FeedmillError CONFIG_INVALID where the journal asks for another model than there is
   */
  sentimentModel(): SentimentModel | undefined {
    if (this.#modelInForce === '') return undefined;
    const given = modelName(this.#model);
    if (given === this.#modelInForce) return this.#model;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `The journal holds news that are scored by the sentiment model ${this.#modelInForce}; this ` +
        `worker has ${given === '' ? 'none' : given}. Start with the --sentiment-model of ` +
        'before; after an orderly stop, with everything committed, it can be changed.',
    );
  }

  encodeState(): Uint8Array {
    const writer = new StateWriter();
    writer.varint(STATE_VERSION);
    writer.text(this.#modelInForce);
    this.reference.writeState(writer);
    return writer.finish();
  }

  /** @throws StateError where the bytes are no such state */
  restoreState(state: Uint8Array): void {
    const reader = new StateReader(state);
    reader.version(STATE_VERSION, 'the state of a shard');
    this.#modelInForce = reader.text();
    this.reference.readState(reader);
  }
}
