import { HEADLINE_TOKENS_MAX } from '../limits.ts';

/** A word, number or mark of a headline, with where it stands. */
export interface HeadlineToken {
  /** As it is compared with names: in lower case. */
  readonly text: string;
  /** As it is scored: the hash of the text, or of NUMBER where it is a number. */
  readonly hash: number;
  /** Range within the headline, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const NUMBER = '0';
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x0100_0193;

// Letters and digits with what joins them: don't, M&M, 6.4, 1,110.67; the 's of a genitive stands
// alone. Whatever else is no space is a mark of its own.
const TOKEN = new RegExp(
  [
    /\p{L}[\p{L}\p{N}]*(?:(?:&|[’'](?![sS](?![\p{L}\p{N}])))(?=\p{L})[\p{L}\p{N}]+)*/u,
    /\p{N}+(?:[.,]\p{N}+)*/u,
    /\S/u,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gu',
);
const STARTS_WITH_DIGIT = /^\p{N}/u;

/** A 32-bit hash (FNV-1a over UTF-16 units): the same on every machine. */
export function hashText(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  }
  return hash | 0;
}

const NUMBER_HASH = hashText(NUMBER);

/** The tokens of a headline, at most HEADLINE_TOKENS_MAX; what comes after is not looked at. */
export function tokensOf(headline: string): HeadlineToken[] {
  const tokens: HeadlineToken[] = [];
  TOKEN.lastIndex = 0;
  while (tokens.length < HEADLINE_TOKENS_MAX) {
    const found = TOKEN.exec(headline);
    if (found === null) break;
    const text = found[0].toLowerCase();
    const hash = STARTS_WITH_DIGIT.test(text) ? NUMBER_HASH : hashText(text);
    tokens.push({ text, hash, start: found.index, end: TOKEN.lastIndex });
  }
  return tokens;
}
