import { readFileSync } from 'node:fs';
import { FeedmillError } from '../errors.ts';
import { TLS_FILES_LOOK_MS } from '../limits.ts';

export interface PemWatchOptions<Update> {
  readonly files: readonly string[];
  /** What the files stand for; throws where they are of no use. */
  readonly make: (contents: readonly Buffer[]) => Update;
  /** Told of the first ones and of each that came after. */
  readonly onUpdate?: (update: Update) => void;
  /** Told once of each reason for which files are left unused. */
  readonly onFault?: (sentence: string) => void;
  readonly lookMs?: number;
}

type Listener<Update> = (update: Update | null) => void;

/**
 * Files of TLS that are looked at again and again, so that renewed ones count without a restart.
 * What cannot be used, as a key that does not fit its certificate while both are being replaced,
 * is passed over: what could be used last goes on.
 */
export class PemWatch<Update> {
  readonly #options: PemWatchOptions<Update>;
  readonly #listeners = new Set<Listener<Update>>();
  #contents: readonly Buffer[];
  #update: Update;
  #fault = '';
  #timer: NodeJS.Timeout | undefined;

  /** @throws FeedmillError CONFIG_INVALID where the files cannot be used at the start */
  constructor(options: PemWatchOptions<Update>) {
    this.#options = options;
    try {
      this.#contents = options.files.map((file) => readFileSync(file));
      this.#update = options.make(this.#contents);
    } catch (error) {
      throw new FeedmillError('CONFIG_INVALID', this.#sentence(error), { cause: error });
    }
    options.onUpdate?.(this.#update);
  }

  add(listener: Listener<Update>): void {
    // Nobody has looked while nobody listened.
    if (this.#listeners.size === 0) this.#look();
    this.#listeners.add(listener);
    process.nextTick(() => listener(this.#update));
    this.#timer ??= setInterval(
      () => this.#look(),
      this.#options.lookMs ?? TLS_FILES_LOOK_MS,
    ).unref();
  }

  remove(listener: Listener<Update>): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { files, make, onUpdate, onFault } = this.#options;
    try {
      const contents = files.map((file) => readFileSync(file));
      const isSame = contents.every((each, at) => this.#contents[at]?.equals(each) === true);
      this.#fault = isSame ? '' : this.#fault;
      if (isSame) return;
      this.#update = make(contents);
      this.#contents = contents;
      this.#fault = '';
      onUpdate?.(this.#update);
      for (const listener of this.#listeners) listener(this.#update);
    } catch (error) {
      const sentence = this.#sentence(error);
      if (sentence !== this.#fault) onFault?.(sentence);
      this.#fault = sentence;
    }
  }

  #sentence(error: unknown): string {
    const { message } = FeedmillError.from(error);
    return `${this.#options.files.join(' and ')} cannot be used for TLS (${message}); give PEM.`;
  }
}
