// The only file that touches the chart library. It is loaded when a chart is shown for the first
// time, so that the overview does not wait for it.
import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from 'lightweight-charts';
import { decimalText, drawnNumber, parseNanos } from '../text/decimal.ts';
import type { Candle } from './candle-series.ts';
import type { ChartColors } from './chart-colors.ts';

const MS_PER_SECOND = 1_000;
/** Candles of the newest stretch that are shown at first. */
const SHOWN_CANDLES = 120;
const RIGHT_CANDLES = 6;

export interface ChartListener {
  /** The visible stretch moved or was scaled: what is laid over the chart has to follow. */
  moved(): void;
  /** The candle under the crosshair. */
  pointed(startMs: number | undefined): void;
}

/** A candlestick chart with volume, and where a time stands on it. */
export class CandleChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  #colors: ChartColors;
  #lastStartMs = 0;

  constructor(place: HTMLElement, colors: ChartColors, listener: ChartListener) {
    this.#colors = colors;
    this.#chart = createChart(place, {
      autoSize: true,
      ...lookOf(colors),
      crosshair: { mode: CrosshairMode.Normal },
      rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.06, bottom: 0.24 } },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        secondsVisible: true,
        rightOffset: RIGHT_CANDLES,
      },
    });
    this.#volume = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: true });
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange(() => listener.moved());
    this.#chart.timeScale().subscribeSizeChange(() => listener.moved());
    this.#chart.subscribeCrosshairMove(({ time }) => {
      listener.pointed(time === undefined ? undefined : Number(time) * MS_PER_SECOND);
    });
  }

  /** @param decimals of the instrument's prices, for the axis */
  setDecimals(decimals: number): void {
    this.#candles.applyOptions({
      priceFormat: {
        type: 'custom',
        minMove: 10 ** -decimals,
        // The axis stands at doubles; its labels have the instrument's decimals.
        formatter: (price: number) =>
          decimalText(parseNanos(price.toFixed(decimals)) ?? 0n, decimals),
      },
    });
  }

  setColors(colors: ChartColors, candles: readonly Candle[]): void {
    this.#colors = colors;
    this.#chart.applyOptions(lookOf(colors));
    this.redraw(candles);
  }

  /** All candles anew; shows their live end. */
  setCandles(candles: readonly Candle[]): void {
    this.redraw(candles);
    this.showEnd();
  }

  /** All candles anew, where they are shown now. */
  redraw(candles: readonly Candle[]): void {
    this.#candles.setData(candles.map((candle) => this.#candleData(candle)));
    this.#volume.setData(candles.map((candle) => this.#volumeData(candle)));
    this.#lastStartMs = candles.at(-1)?.startMs ?? 0;
  }

  /** Candles that changed: the last, one behind it, or an older one that was revised. */
  update(changed: readonly Candle[]): void {
    for (const candle of changed) {
      const isOlder = candle.startMs < this.#lastStartMs;
      this.#candles.update(this.#candleData(candle), isOlder);
      this.#volume.update(this.#volumeData(candle), isOlder);
      this.#lastStartMs = Math.max(this.#lastStartMs, candle.startMs);
    }
  }

  showEnd(): void {
    const count = this.#candles.data().length;
    this.#chart.timeScale().setVisibleLogicalRange({
      from: count - SHOWN_CANDLES,
      to: count - 1 + RIGHT_CANDLES,
    });
  }

  /** Distance from the left edge in pixels; undefined outside of what is visible. */
  xOf(startMs: number): number | undefined {
    const x = this.#chart.timeScale().timeToCoordinate(timeOf(startMs));
    if (x === null || x < 0 || x > this.#chart.timeScale().width()) return undefined;
    return x;
  }

  dispose(): void {
    this.#chart.remove();
  }

  #candleData(candle: Candle) {
    const { up, down, warn, warnSoft } = this.#colors;
    const color = candle.close >= candle.open ? up : down;
    const isWhole = candle.quality === 'ok';
    return {
      time: timeOf(candle.startMs),
      open: drawnNumber(candle.open),
      high: drawnNumber(candle.high),
      low: drawnNumber(candle.low),
      close: drawnNumber(candle.close),
      // What is incomplete has the colour of a warning, and a pale body.
      color: isWhole ? color : warnSoft,
      borderColor: isWhole ? color : warn,
      wickColor: isWhole ? color : warn,
    };
  }

  #volumeData(candle: Candle) {
    const { upSoft, downSoft } = this.#colors;
    return {
      time: timeOf(candle.startMs),
      value: drawnNumber(candle.volume),
      color: candle.close >= candle.open ? upSoft : downSoft,
    };
  }
}

const timeOf = (startMs: number): UTCTimestamp => (startMs / MS_PER_SECOND) as UTCTimestamp;

const lookOf = ({ ground, muted, line, font, fontSize }: ChartColors) => ({
  layout: {
    background: { type: ColorType.Solid, color: ground },
    textColor: muted,
    fontFamily: font,
    fontSize,
    // Its logo brings a style of its own, which the policy of the page forbids; the page's foot
    // names the library instead.
    attributionLogo: false,
  },
  grid: { vertLines: { color: line }, horzLines: { color: line } },
});
