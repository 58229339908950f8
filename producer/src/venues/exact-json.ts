import { MessageFault } from './rejection.ts';

/** JSON.parse hands a reviver the text of a number, which TypeScript does not know yet. */
interface ReviverContext {
  readonly source?: string;
}
type ExactParse = (
  text: string,
  reviver: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;

// A double keeps 15 significant digits of any decimal; a number of more characters may have more.
// Not within quotes: behind a colon, comma or bracket.
const LONG_NUMBER = /[:,[]\s*-?[0-9][0-9.eE+-]{15}/;

/**
 * Parses JSON with every integer beyond 2^53 as a bigint of all its digits, and every other number
 * whose digits a double may not keep as its text. Several times slower than JSON.parse.
 *
 * @throws SyntaxError
 */
function parseExactJson(text: string): unknown {
  return (JSON.parse as ExactParse)(text, (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    const source = context.source ?? '';
    if (/^-?\d+$/.test(source)) return BigInt(source);
    return source.length > 15 ? source : value;
  });
}

/**
 * Parses a message as fast as it may be parsed.
 *
 * @param isExact whether to keep every digit whatever it costs
 * @throws MessageFault malformed
 */
export function parseMessage(text: string, isExact: boolean): unknown {
  try {
    return isExact ? parseExactJson(text) : JSON.parse(text);
  } catch (error) {
    throw new MessageFault('malformed', (error as Error).message);
  }
}

/** Whether a number in the text may have more digits than a double keeps. */
export const hasLongNumber = (text: string): boolean => LONG_NUMBER.test(text);
