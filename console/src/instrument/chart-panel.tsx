import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { CHART_STEPS, type ChartStep, stepBeside } from '../chart/chart-steps.ts';
import { onPageAction } from '../shell/page-actions.ts';
import { routeHash } from '../shell/route.ts';
import { useServices } from '../shell/services.ts';
import { CandleLegend } from './candle-legend.tsx';
import { CandleView } from './candle-view.ts';
import type { InstrumentStore } from './instrument-store.ts';
import { NewsPins } from './news-pins.tsx';

interface ChartPanelProps {
  readonly store: InstrumentStore;
  readonly step: ChartStep;
  readonly decimals: number;
}

/** Candles with volume, live at their end; what is incomplete and what was said is marked. */
export function ChartPanel({ store, step, decimals }: ChartPanelProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const view = useCandleView(place, store, step, decimals);
  useChartKeys(store, step, view);
  return (
    <section class="chart card" aria-labelledby="chart">
      <h2 id="chart" class="visually-hidden">
        Chart
      </h2>
      <div class="chart-head">
        <StepLinks instrument={store.name} step={step} />
        {view !== undefined && <CandleLegend view={view} decimals={decimals} />}
      </div>
      <div class="chart-place">
        <div ref={place} class="chart-canvas" />
        {view !== undefined && <NewsPins view={view} store={store} />}
        {view?.note.value !== undefined && <p class="chart-note">{view.note.value}</p>}
      </div>
    </section>
  );
}

function StepLinks({
  instrument,
  step,
}: {
  readonly instrument: string;
  readonly step: ChartStep;
}): JSX.Element {
  return (
    <nav class="steps" aria-label="Width of a candle">
      {CHART_STEPS.map(({ name }) => (
        <a
          key={name}
          href={routeHash({ page: 'instrument', instrument, step: name })}
          aria-current={name === step.name ? 'true' : undefined}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}

/** The view for the element, made anew for another step. */
function useCandleView(
  place: { readonly current: HTMLDivElement | null },
  store: InstrumentStore,
  step: ChartStep,
  decimals: number,
): CandleView | undefined {
  const services = useServices();
  const [view, setView] = useState<CandleView>();
  useEffect(() => {
    if (place.current === null) return undefined;
    const made = new CandleView(place.current, store, step, services);
    setView(made);
    return () => made.dispose();
  }, [place, store, step, services]);
  useEffect(() => view?.setDecimals(decimals), [view, decimals]);
  const loads = store.loads.value;
  useEffect(() => {
    if (loads > 0) void view?.load();
  }, [view, loads]);
  useSchemeChange(() => view?.setColors());
  return view;
}

/** Calls when colours change, by the switch of the page or by the system. */
function useSchemeChange(changed: () => void): void {
  const { browser, theme } = useServices();
  useSignalEffect(() => {
    void theme.theme.value;
    // The page's own style changes with this very drawing.
    browser.onFrame(changed);
  });
  useEffect(() => browser.onSystemScheme(changed), [browser, changed]);
}

function useChartKeys(store: InstrumentStore, step: ChartStep, view: CandleView | undefined): void {
  const { go } = useServices();
  useEffect(
    () =>
      onPageAction((action) => {
        if (action === 'chart-end') view?.showEnd();
        if (action !== 'finer-step' && action !== 'coarser-step') return;
        const { name } = stepBeside(step.name, action === 'finer-step' ? -1 : 1);
        go({ page: 'instrument', instrument: store.name, step: name });
      }),
    [store, step, view, go],
  );
}
