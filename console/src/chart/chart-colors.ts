/** What the chart takes from the style of the page, since a canvas knows no style sheets. */
export interface ChartColors {
  readonly ground: string;
  readonly muted: string;
  readonly line: string;
  readonly up: string;
  readonly down: string;
  readonly upSoft: string;
  readonly downSoft: string;
  readonly warn: string;
  /** Opaque, since the label of the last price takes it as its ground. */
  readonly warnSoft: string;
  readonly font: string;
  readonly fontSize: number;
}

/**
 * Reads the colours of the scheme that holds now.
 *
 * @param place an element; the colours are read from a probe beside it
 */
export function readChartColors(place: HTMLElement): ChartColors {
  const probe = place.ownerDocument.createElement('span');
  place.append(probe);
  const style = getComputedStyle(probe);
  const colorOf = (name: string): string => {
    probe.style.color = `var(${name})`;
    return style.color;
  };
  const colors = {
    ground: colorOf('--surface'),
    muted: colorOf('--muted'),
    line: colorOf('--line'),
    up: colorOf('--up'),
    down: colorOf('--down'),
    upSoft: withAlpha(colorOf('--up'), 0.4),
    downSoft: withAlpha(colorOf('--down'), 0.4),
    warn: colorOf('--warn'),
    warnSoft: colorOf('--warn-ground'),
    font: style.fontFamily,
    fontSize: Math.round(Number.parseFloat(style.fontSize) * 0.86),
  };
  probe.remove();
  return colors;
}

/** Of `rgb(1, 2, 3)`, as the browser gives every colour. */
const withAlpha = (color: string, alpha: number): string =>
  color.replace(/^rgb\(/, 'rgba(').replace(/\)$/, `, ${alpha})`);
