import type { JSX } from 'preact';
import { type NewsPin, pinNews } from '../chart/news-pins.ts';
import { clockText } from '../text/time-text.ts';
import type { CandleView } from './candle-view.ts';
import type { InstrumentStore } from './instrument-store.ts';

/** Items that a pin's card names; the list below has them all. */
const CARD_ITEMS_MAX = 4;

/** What was said, pinned to its time above the axis. */
export function NewsPins({
  view,
  store,
}: {
  readonly view: CandleView;
  readonly store: InstrumentStore;
}): JSX.Element {
  // Read so that the pins follow the chart.
  void view.moved.value;
  const startsMs = view.candles().map(({ startMs }) => startMs);
  const pins = pinNews(store.news.value, startsMs);
  return (
    <div class="pins">
      {pins.map((pin) => (
        <Pin key={pin.startMs} pin={pin} x={view.xOf(pin.startMs)} />
      ))}
    </div>
  );
}

function Pin({
  pin,
  x,
}: {
  readonly pin: NewsPin;
  readonly x: number | undefined;
}): JSX.Element | null {
  if (x === undefined) return null;
  const { items, sentiment } = pin;
  const label = items.map(({ headline }) => headline).join('; ');
  return (
    <button
      type="button"
      class={`pin pin-${sentiment}`}
      style={{ left: `${x}px` }}
      aria-label={`${sentiment} news: ${label}`}
    >
      <span aria-hidden="true">{items.length > 1 ? items.length : ''}</span>
      <span class="pin-card" aria-hidden="true">
        {items.slice(0, CARD_ITEMS_MAX).map(({ key, headline, timeNanos }) => (
          <span key={key}>
            <b>{clockText(timeNanos).slice(0, 8)}</b> {headline}
          </span>
        ))}
      </span>
    </button>
  );
}
