import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { chartStep } from '../chart/chart-steps.ts';
import { type Services, useServices } from '../shell/services.ts';
import { decimalsOf } from '../text/decimal.ts';
import { ChartPanel } from './chart-panel.tsx';
import { DepthPanel } from './depth-panel.tsx';
import { GapList } from './gap-list.tsx';
import { GAPS_MAX, InstrumentStore, NEWS_MAX, TAPE_TRADES_MAX } from './instrument-store.ts';
import { NewsList } from './news-list.tsx';
import { QuoteHead } from './quote-head.tsx';
import { TradeTape } from './trade-tape.tsx';

interface InstrumentPageProps {
  readonly instrument: string | undefined;
  readonly step: string | undefined;
}

/** Everything about one instrument, live. */
export function InstrumentPage({ instrument, step }: InstrumentPageProps): JSX.Element {
  if (instrument === undefined) return <NoInstrument />;
  return <OneInstrument key={instrument} name={instrument} step={step} />;
}

function OneInstrument({
  name,
  step,
}: {
  readonly name: string;
  readonly step: string | undefined;
}): JSX.Element {
  const services = useServices();
  const store = useMemo(() => new InstrumentStore(name), [name]);
  useEffect(() => {
    const gone = new AbortController();
    void follow(store, services, gone.signal);
    return () => gone.abort();
  }, [services, store]);
  const increment = store.instrument.value?.increment;
  const decimals = increment === undefined ? 2 : decimalsOf(increment);
  return (
    <div class="instrument">
      <QuoteHead store={store} decimals={decimals} />
      <ChartPanel store={store} step={chartStep(step)} decimals={decimals} />
      <DepthPanel store={store} decimals={decimals} />
      <TradeTape store={store} decimals={decimals} />
      <NewsList store={store} />
      <GapList store={store} />
    </div>
  );
}

/** Follows the instrument, and the quotes of its asset on the other venues. */
async function follow(
  store: InstrumentStore,
  services: Services,
  gone: AbortSignal,
): Promise<void> {
  const { name } = store;
  const quotes = await services.client.venueQuotes(name).catch(() => []);
  if (gone.aborted) return;
  const venues = new Set([name, ...quotes.map(({ instrument }) => instrument)]);
  const leave = services.live.follow({
    topics: [
      ...['trades', 'cbbo', 'bars', 'news', 'gaps'].map((topic) => `${topic}:${name}`),
      ...[...venues].map((venue) => `quotes:${venue}`),
    ],
    message: (message) => store.message(message),
    opened: (isResumed) => {
      // Behind a cursor nothing was missed.
      if (isResumed && store.loads.value > 0) return;
      store.loads.value += 1;
      void load(store, services);
    },
  });
  gone.addEventListener('abort', leave, { once: true });
}

/** Each part for itself: where one cannot be had, the others are shown. */
async function load(store: InstrumentStore, { client }: Services): Promise<void> {
  const { name } = store;
  await Promise.allSettled([
    client.instrument(name).then((found) => {
      store.instrument.value = found;
    }),
    client.trades(name, TAPE_TRADES_MAX).then((trades) => store.loadTape(trades)),
    client.venueQuotes(name).then((quotes) => store.loadQuotes(quotes)),
    client.consolidatedQuote(name).then((quote) => {
      store.consolidated.value = quote;
    }),
    client.news(name, NEWS_MAX).then((news) => {
      store.news.value = news;
    }),
    client.gaps(name, GAPS_MAX).then((gaps) => {
      store.gaps.value = gaps;
    }),
  ]);
}

function NoInstrument(): JSX.Element {
  const { openDialog } = useServices();
  return (
    <div class="blank card">
      <h1>No instrument chosen</h1>
      <p>Press / and type a few letters of its symbol.</p>
      <button
        type="button"
        class="primary"
        onClick={() => {
          openDialog.value = 'search';
        }}
      >
        Search
      </button>
    </div>
  );
}
