import type { JSX } from 'preact';
import type { ConsolidatedQuote, QuoteSide } from '../api/shapes.ts';
import { StateMark } from '../shell/state-mark.tsx';
import { decimalText } from '../text/decimal.ts';
import { clockText } from '../text/time-text.ts';
import type { InstrumentStore } from './instrument-store.ts';

interface HeadProps {
  readonly store: InstrumentStore;
  readonly decimals: number;
}

/** Name, last trade, and the best bid and offer over all venues with the venue of each side. */
export function QuoteHead({ store, decimals }: HeadProps): JSX.Element {
  const instrument = store.instrument.value;
  const dot = store.name.lastIndexOf('.');
  return (
    <header class="quote-head card">
      <div class="name">
        <h1>{instrument?.symbol ?? store.name.slice(0, dot)}</h1>
        <p>
          {instrument?.venue ?? store.name.slice(dot + 1)}
          {instrument?.kind !== undefined && <span class="faint"> {instrument.kind}</span>}
        </p>
      </div>
      <LastTrade store={store} decimals={decimals} />
      <BestQuote store={store} decimals={decimals} />
    </header>
  );
}

function LastTrade({ store, decimals }: HeadProps): JSX.Element {
  const [last, before] = store.tape.value;
  if (last === undefined) return <div class="last faint">no trade yet</div>;
  const move = before === undefined || last.price === before.price ? '' : last.price > before.price;
  return (
    <div class="last">
      <b class={move === '' ? '' : move ? 'rising' : 'falling'}>
        {decimalText(last.price, decimals)}
      </b>
      <small>last trade {clockText(last.timeNanos)}</small>
    </div>
  );
}

function BestQuote({ store, decimals }: HeadProps): JSX.Element {
  const quote = store.consolidated.value;
  const { bid, ask } = quote ?? {};
  const spread = bid && ask ? decimalText(ask.price - bid.price, decimals) : '–';
  return (
    <dl class="best">
      <Side name="Bid" side={bid} decimals={decimals} />
      <Side name="Ask" side={ask} decimals={decimals} />
      <div class="side">
        <dt>Spread</dt>
        <dd>
          <b>{spread}</b>
          <small>{quote === undefined ? 'no quote yet' : <VenueCounts quote={quote} />}</small>
        </dd>
      </div>
    </dl>
  );
}

function VenueCounts({ quote }: { readonly quote: ConsolidatedQuote }): JSX.Element {
  const { state, venuesLive, venuesStale = 0 } = quote;
  return (
    <>
      <StateMark tone={state === 'normal' ? 'good' : 'warn'} text={state} />{' '}
      {venuesLive !== undefined && `${venuesLive} live`}
      {venuesStale > 0 && `, ${venuesStale} stale`}
    </>
  );
}

function Side({
  name,
  side,
  decimals,
}: {
  readonly name: 'Bid' | 'Ask';
  readonly side: QuoteSide | undefined;
  readonly decimals: number;
}): JSX.Element {
  return (
    <div class={`side side-${name.toLowerCase()}`}>
      <dt>{name}</dt>
      <dd>
        <b>{side === undefined ? '–' : decimalText(side.price, decimals)}</b>
        <small>
          {side === undefined ? (
            'empty'
          ) : (
            <>
              {decimalText(side.size)} <span class="tag">{side.venue}</span>
            </>
          )}
        </small>
      </dd>
    </div>
  );
}
