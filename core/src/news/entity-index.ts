import { EntityMatchKind } from '@feedmill/proto/feedmill/v1/event_pb';
import { HEADLINE_ENTITIES_MAX } from '../limits.ts';
import { stableId } from '../stable-id.ts';
import { type HeadlineToken, tokensOf } from './headline-tokens.ts';
import { isIsin } from './isin.ts';
import type { TokenSpan } from './sentiment-model.ts';

/** How a text may name an instrument. */
export type EntityNameKind = 'TICKER' | 'ISIN' | 'NAME' | 'ALIAS';

/** One name of an instrument. */
export interface EntityName {
  readonly kind: EntityNameKind;
  readonly text: string;
  /** Canonical SYMBOL.VENUE. */
  readonly instrument: string;
}

/** Somebody that a headline speaks of. */
export interface FoundEntity {
  readonly span: TokenSpan;
  /** As it stands in the headline. */
  readonly text: string;
  readonly kind: EntityMatchKind;
  /** 0 where nobody knows the instrument, or where the text names several. */
  readonly instrumentId: bigint;
  /** How likely it is that the text names this instrument: 0 to 1. */
  readonly confidence: number;
}

interface Phrase {
  readonly words: readonly string[];
  readonly kind: EntityMatchKind;
  readonly text: string;
  readonly instruments: Set<string>;
}

const { CASHTAG, ALIAS, ISIN, NAME, TICKER } = EntityMatchKind;

const CONFIDENCE: Readonly<Record<EntityMatchKind, number>> = {
  [EntityMatchKind.UNSPECIFIED]: 0,
  [CASHTAG]: 1,
  [ISIN]: 1,
  [NAME]: 0.95,
  [TICKER]: 0.9,
  [ALIAS]: 0.85,
};

const KIND_OF: Readonly<Record<EntityNameKind, EntityMatchKind>> = {
  TICKER,
  ISIN,
  NAME,
  ALIAS,
};

// A proper name that stands in small letters may well be the common word: "apple harvest".
const SMALL_LETTERS_FACTOR = 0.6;
// Where everything stands in capitals, capitals do not tell a ticker from a word.
const ALL_CAPITALS_FACTOR = 0.5;
// Shorter ones are words of every language; a cashtag may have one letter.
const TICKER_CHARS_MIN = 3;
const CASHTAG_SYMBOL = /^[A-Za-z]{1,6}$/;
const SKIPPED_MARKS: ReadonlySet<string> = new Set(['.', ',']);

/**
 * Finds who a headline speaks of. Cashtags ($TSLA) and ISINs are told by their form, everything
 * else by the names that are known; without any the two remain, with an unknown instrument.
 *
 * A name that several instruments have names none of them: it is found, with instrument 0.
 */
export class EntityIndex {
  /** By first word; longer ones in front. */
  readonly #phrases = new Map<string, Phrase[]>();
  readonly #byTicker = new Map<string, Set<string>>();
  readonly #byIsin = new Map<string, Set<string>>();
  readonly #ids = new Map<string, bigint>();

  constructor(names: readonly EntityName[] = []) {
    for (const name of names) this.#add(name);
    for (const phrases of this.#phrases.values()) {
      phrases.sort((a, b) => b.words.length - a.words.length);
    }
  }

  /**
   * The entities of a headline in the order in which they stand, none overlapping another, each
   * instrument once. The longest name wins; of one instrument the mention that is most certain.
   */
  find(headline: string, tokens: readonly HeadlineToken[]): FoundEntity[] {
    const isAllCapitals = headline === headline.toUpperCase();
    const found: FoundEntity[] = [];
    for (let at = 0; at < tokens.length; at += 1) {
      const entity = this.#findAt(headline, tokens, at, isAllCapitals);
      if (entity === undefined) continue;
      at = entity.span.last;
      keepBest(found, entity);
      if (found.length === HEADLINE_ENTITIES_MAX) break;
    }
    return found;
  }

  #add({ kind, text, instrument }: EntityName): void {
    if (kind === 'ISIN') {
      addTo(this.#byIsin, text.toUpperCase(), instrument);
      return;
    }
    if (kind === 'TICKER') addTo(this.#byTicker, text.toUpperCase(), instrument);
    if (kind === 'TICKER' && text.length < TICKER_CHARS_MIN) return;
    const words = tokensOf(text)
      .map((token) => token.text)
      .filter((word) => !SKIPPED_MARKS.has(word));
    const [first] = words;
    if (first === undefined) return;
    const phrases = this.#phrases.get(first) ?? [];
    this.#phrases.set(first, phrases);
    const matchKind = KIND_OF[kind];
    const isTicker = matchKind === TICKER;
    const same = phrases.find(
      (phrase) =>
        phrase.words.join(' ') === words.join(' ') &&
        (phrase.kind === TICKER) === isTicker &&
        (!isTicker || phrase.text === text),
    );
    if (same === undefined) {
      phrases.push({ words, kind: matchKind, text, instruments: new Set([instrument]) });
    } else {
      same.instruments.add(instrument);
    }
  }

  #findAt(
    headline: string,
    tokens: readonly HeadlineToken[],
    at: number,
    isAllCapitals: boolean,
  ): FoundEntity | undefined {
    const token = tokens[at] as HeadlineToken;
    if (token.text === '$') return this.#cashtag(headline, tokens, at);
    const text = headline.slice(token.start, token.end);
    if (isIsin(text)) {
      const span = { first: at, last: at };
      return this.#resolved(text, span, ISIN, this.#byIsin.get(text), 1);
    }
    for (const phrase of this.#phrases.get(token.text) ?? []) {
      const last = endOfPhrase(tokens, at, phrase.words);
      if (last === undefined) continue;
      const end = (tokens[last] as HeadlineToken).end;
      const seen = headline.slice(token.start, end);
      if (phrase.kind === TICKER && seen !== phrase.text) continue;
      let factor = 1;
      if (phrase.kind === TICKER && isAllCapitals) factor = ALL_CAPITALS_FACTOR;
      if (phrase.kind !== TICKER && isSmall(seen) && !isSmall(phrase.text)) {
        factor = SMALL_LETTERS_FACTOR;
      }
      return this.#resolved(seen, { first: at, last }, phrase.kind, phrase.instruments, factor);
    }
    return undefined;
  }

  #cashtag(
    headline: string,
    tokens: readonly HeadlineToken[],
    at: number,
  ): FoundEntity | undefined {
    const symbol = tokens[at + 1];
    if (symbol === undefined || symbol.start !== tokens[at]?.end) return undefined;
    const text = headline.slice(symbol.start, symbol.end);
    if (!CASHTAG_SYMBOL.test(text)) return undefined;
    // $BRK.B, but not the end of the sentence.
    const shareClass = tokens[at + 3];
    const long = headline.slice(symbol.start, shareClass?.end);
    const isLong =
      shareClass !== undefined &&
      shareClass.start === symbol.end + 1 &&
      this.#byTicker.has(long.toUpperCase());
    const ticker = isLong ? long : text;
    const span = { first: at, last: isLong ? at + 3 : at + 1 };
    const known = this.#byTicker.get(ticker.toUpperCase());
    return this.#resolved(`$${ticker}`, span, CASHTAG, known, 1);
  }

  #resolved(
    text: string,
    span: TokenSpan,
    kind: EntityMatchKind,
    instruments: ReadonlySet<string> | undefined,
    factor: number,
  ): FoundEntity {
    const [only] = instruments ?? [];
    const count = instruments?.size ?? 0;
    const instrumentId = count === 1 && only !== undefined ? this.#idOf(only) : 0n;
    const confidence = ((CONFIDENCE[kind] ?? 0) * factor) / Math.max(1, count);
    return { span, text, kind, instrumentId, confidence };
  }

  #idOf(instrument: string): bigint {
    let id = this.#ids.get(instrument);
    if (id === undefined) {
      id = stableId(instrument);
      this.#ids.set(instrument, id);
    }
    return id;
  }
}

const isSmall = (text: string): boolean => text === text.toLowerCase();

function addTo(map: Map<string, Set<string>>, key: string, instrument: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([instrument]));
  else known.add(instrument);
}

/** Index of the last token of a phrase that begins at `at`; undefined where another text stands. */
function endOfPhrase(
  tokens: readonly HeadlineToken[],
  at: number,
  words: readonly string[],
): number | undefined {
  let next = at;
  for (const [rank, word] of words.entries()) {
    while (rank > 0 && SKIPPED_MARKS.has(tokens[next]?.text ?? '')) next += 1;
    if (tokens[next]?.text !== word) return undefined;
    next += 1;
  }
  return next - 1;
}

/** Adds an entity, or puts it in the place of a less certain mention of the same instrument. */
function keepBest(found: FoundEntity[], entity: FoundEntity): void {
  const at = found.findIndex((other) =>
    entity.instrumentId === 0n
      ? other.instrumentId === 0n && other.text === entity.text
      : other.instrumentId === entity.instrumentId,
  );
  if (at < 0) found.push(entity);
  else if (entity.confidence > (found[at] as FoundEntity).confidence) found[at] = entity;
}
