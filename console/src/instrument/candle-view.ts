import type { Timer } from '@feedmill/core/clock';
import { signal } from '@preact/signals';
import type { Browser } from '../adapters/browser.ts';
import type { ApiClient } from '../api/api-client.ts';
import { ApiProblem } from '../api/problem.ts';
import type { CandleChart } from '../chart/candle-chart.ts';
import type { Candle, CandleSeries } from '../chart/candle-series.ts';
import { readChartColors } from '../chart/chart-colors.ts';
import type { ChartStep } from '../chart/chart-steps.ts';
import { DrawnCandles } from '../chart/drawn-candles.ts';
import { loadCandles } from '../chart/load-candles.ts';
import type { InstrumentStore } from './instrument-store.ts';

/** Ten pictures a second are what an eye follows; more would only heat the machine. */
const DRAW_MS = 100;

/** The chart of one instrument and step: loads its candles, and draws what happens. */
export class CandleView {
  /** Counts whenever what is laid over the chart has to move along. */
  readonly moved = signal(0);
  /** The candle under the crosshair, else the last one. */
  readonly shown = signal<Candle | undefined>(undefined);
  /** What is said in place of candles that are not there. */
  readonly note = signal<string | undefined>('Loading candles');
  readonly #place: HTMLElement;
  readonly #store: InstrumentStore;
  readonly #step: ChartStep;
  readonly #client: ApiClient;
  readonly #browser: Browser;
  readonly #candles = new DrawnCandles();
  #chart: CandleChart | undefined;
  #series: CandleSeries | undefined;
  #pointedMs: number | undefined;
  #timer: Timer | undefined;
  #decimals = 2;
  #isDisposed = false;

  constructor(
    place: HTMLElement,
    store: InstrumentStore,
    step: ChartStep,
    { client, browser }: { readonly client: ApiClient; readonly browser: Browser },
  ) {
    this.#place = place;
    this.#store = store;
    this.#step = step;
    this.#client = client;
    this.#browser = browser;
    this.#drawLater();
  }

  /** Loads the candles, also again when the live stream began anew. */
  async load(): Promise<void> {
    try {
      const [series] = await Promise.all([
        loadCandles(this.#client, this.#store.name, this.#step, this.#browser.nowMs()),
        this.#makeChart(),
      ]);
      if (this.#isDisposed) return;
      this.#series = series;
      series.takeChanged();
      this.#candles.replace(series.candles());
      this.#chart?.setCandles(this.#candles.all());
      this.#show();
    } catch (thrown) {
      if (this.#series === undefined) this.note.value = ApiProblem.from(thrown).message;
    }
  }

  /** @param decimals of the instrument's prices */
  setDecimals(decimals: number): void {
    this.#decimals = decimals;
    this.#chart?.setDecimals(decimals);
  }

  /** Takes the colours of the scheme that holds now. */
  setColors(): void {
    this.#chart?.setColors(readChartColors(this.#place), this.#candles.all());
  }

  showEnd(): void {
    this.#chart?.showEnd();
  }

  /** Distance of a candle from the left edge, in pixels; undefined outside of what is visible. */
  xOf(startMs: number): number | undefined {
    return this.#chart?.xOf(startMs);
  }

  /** Oldest first. */
  candles(): readonly Candle[] {
    return this.#candles.all();
  }

  dispose(): void {
    this.#isDisposed = true;
    if (this.#timer !== undefined) this.#browser.clock.cancel(this.#timer);
    this.#chart?.dispose();
    this.#chart = undefined;
  }

  async #makeChart(): Promise<void> {
    const { CandleChart } = await import('../chart/candle-chart.ts');
    if (this.#chart !== undefined || this.#isDisposed) return;
    this.#chart = new CandleChart(this.#place, readChartColors(this.#place), {
      moved: () => {
        this.moved.value += 1;
      },
      pointed: (startMs) => {
        this.#pointedMs = startMs;
        this.#show();
      },
    });
    this.#chart.setDecimals(this.#decimals);
  }

  #drawLater(): void {
    this.#timer = this.#browser.clock.schedule(DRAW_MS, () => {
      this.#store.show();
      this.#drawChanges();
      this.#drawLater();
    });
  }

  #drawChanges(): void {
    const series = this.#series;
    // Until the candles are loaded, what comes waits in the store.
    if (series === undefined) return;
    const { bars, trades } = this.#store.takeForChart();
    for (const bar of bars) series.applyBar(bar);
    for (const trade of trades) series.applyTrade(trade);
    const changed = series.takeChanged();
    if (changed.length === 0) return;
    const countBefore = this.#candles.size;
    if (this.#candles.put(changed)) this.#chart?.redraw(this.#candles.all());
    else this.#chart?.update(changed);
    this.#show();
    if (this.#candles.size > countBefore) this.moved.value += 1;
  }

  #show(): void {
    const { last } = this.#candles;
    const pointed = this.#pointedMs === undefined ? undefined : this.#candles.at(this.#pointedMs);
    this.shown.value = pointed ?? last;
    this.note.value = last === undefined ? 'No trade in this time yet.' : undefined;
    this.moved.value += 1;
  }
}
