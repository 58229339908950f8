import type { JSX } from 'preact';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

// Each tone has a form of its own, since colour alone tells too few people.
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M6 1a5 5 0 1 0 0 10A5 5 0 1 0 6 1z',
  busy: 'M6 2a4 4 0 1 0 0 8A4 4 0 1 0 6 2z',
  warn: 'M6 1l5.5 10H.5z',
  bad: 'M1.5 1.5h9v9h-9z',
  quiet: 'M1.5 6h9',
};

/** A word with a mark of its tone. */
export function StateMark({
  tone,
  text,
}: {
  readonly tone: Tone;
  readonly text: string;
}): JSX.Element {
  return (
    <span class={`state state-${tone}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[tone]} />
      </svg>
      {text}
    </span>
  );
}
