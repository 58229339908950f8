const MASK = '***';

/** Where passwords and tokens stand: in URLs, in their queries, and as values of such a name. */
const PLACES: readonly [RegExp, string][] = [
  [/(:\/\/[^\s:/@"']*):[^\s/@"']+@/g, `$1:${MASK}@`],
  [/([?&;](?:[\w-]*(?:token|password|passwd|secret|api_?key))=)[^&\s"'\\]+/gi, `$1${MASK}`],
  [/("(?:[\w.-]*(?:token|password|passwd|secret|api_?key))":\s*")(?:[^"\\]|\\.)+"/gi, `$1${MASK}"`],
  [/\b(Bearer\s+)[\w.~+/-]{8,}=*/gi, `$1${MASK}`],
];

/** A text with every password and token in it masked. */
export const withoutSecrets = (text: string): string =>
  PLACES.reduce((masked, [place, mask]) => masked.replaceAll(place, mask), text);
