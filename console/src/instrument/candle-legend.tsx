import type { JSX } from 'preact';
import type { BarQuality } from '../api/shapes.ts';
import { StateMark, type Tone } from '../shell/state-mark.tsx';
import { decimalText } from '../text/decimal.ts';
import { momentText } from '../text/time-text.ts';
import type { CandleView } from './candle-view.ts';

const NANOS_PER_MS = 1_000_000n;

const QUALITIES: Readonly<Record<BarQuality, readonly [Tone, string]>> = {
  ok: ['good', 'complete'],
  gap: ['warn', 'with a gap'],
  partial: ['warn', 'incomplete'],
  stale: ['warn', 'stale'],
};

/** The candle under the crosshair, or the last one, in exact figures. */
export function CandleLegend({
  view,
  decimals,
}: {
  readonly view: CandleView;
  readonly decimals: number;
}): JSX.Element | null {
  const candle = view.shown.value;
  if (candle === undefined) return null;
  const { startMs, open, high, low, close, volume, quality, isLive } = candle;
  const [tone, text] = QUALITIES[quality];
  const figures = [
    ['O', decimalText(open, decimals)],
    ['H', decimalText(high, decimals)],
    ['L', decimalText(low, decimals)],
    ['C', decimalText(close, decimals)],
    ['Vol', decimalText(volume)],
  ] as const;
  return (
    <p class="legend">
      <span class="faint">{momentText(BigInt(startMs) * NANOS_PER_MS)}</span>
      {figures.map(([name, value]) => (
        <span key={name}>
          <span class="faint">{name}</span> {value}
        </span>
      ))}
      {isLive ? <StateMark tone="busy" text="live" /> : <StateMark tone={tone} text={text} />}
    </p>
  );
}
