import Type, { type Static } from 'typebox';

/** What a rule looks for; the numbers are those of SignalKind in subscribe.proto. */
export const SIGNAL_KINDS = [
  'return',
  'volatility',
  'volume-spike',
  'large-trade',
  'price-move',
  'news-shock',
] as const;
export type SignalKindName = (typeof SIGNAL_KINDS)[number];

const WINDOW_MS_MAX = 7 * 86_400_000;

/** One rule as it is stored. Whoever reads a file of rules fills in what was left out. */
export const SignalRuleSchema = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  kind: Type.Unsafe<SignalKindName>(Type.Union(SIGNAL_KINDS.map((kind) => Type.Literal(kind)))),
  /** Canonical names; `*` stands for any characters. */
  instruments: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
    minItems: 1,
    maxItems: 1_024,
  }),
  windowMs: Type.Integer({ minimum: 20, maximum: WINDOW_MS_MAX }),
  /** The window is looked at in so many parts of equal length. */
  steps: Type.Integer({ minimum: 2, maximum: 240 }),
  /** 0: none, every value is a signal. */
  threshold: Type.Number({ minimum: 0 }),
  /** After a signal an instrument is left alone for so long. */
  cooldownMs: Type.Integer({ minimum: 0, maximum: WINDOW_MS_MAX }),
  alert: Type.Boolean(),
});

export type SignalRule = Static<typeof SignalRuleSchema>;

/** Whether a rule is about an instrument. */
export function appliesTo({ instruments }: SignalRule, name: string): boolean {
  return instruments.some((pattern) => fits(pattern, name));
}

/** Without a regular expression: a pattern with many stars stays cheap. */
function fits(pattern: string, name: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return pattern === name;
  const tail = parts.pop() ?? '';
  if (!name.startsWith(head) || !name.endsWith(tail)) return false;
  if (name.length < head.length + tail.length) return false;
  const end = name.length - tail.length;
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
