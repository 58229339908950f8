/** What an element lays below what is painted on it, as its computed style has it. */
export interface Layer {
  readonly ground: string;
  readonly image: string;
  readonly opacity: number;
}

/** Something on a page that has to stand out from what lies below it. */
export interface Paint {
  /** Words, a drawing that stands for some, or the edge of a field. */
  readonly kind: 'text' | 'drawing' | 'edge' | 'focus';
  readonly what: string;
  /** Of those that tell it, the strongest counts. */
  readonly inks: readonly string[];
  readonly sizePx: number;
  readonly weight: number;
  /** From the element itself to the root. */
  readonly layers: readonly Layer[];
}

/**
 * Reads a page as it is painted. Runs in the page and takes nothing from outside of itself. Where a
 * modal dialog is open, that alone is read: nothing else can be used. Disabled controls are left
 * out, as WCAG has it.
 */
export function readPaints(): Paint[] {
  const root = document.querySelector('dialog:modal') ?? document.body;
  const isShown = (element: Element): boolean =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    element.closest(':disabled, [aria-disabled="true"]') === null;
  const layersOf = (element: Element | null): Layer[] => {
    const layers: Layer[] = [];
    for (let each = element; each !== null; each = each.parentElement) {
      const style = getComputedStyle(each);
      layers.push({
        ground: style.backgroundColor,
        image: style.backgroundImage,
        opacity: Number(style.opacity),
      });
    }
    return layers;
  };
  const paint = (
    kind: Paint['kind'],
    what: string,
    inks: readonly string[],
    element: Element,
    below: Element | null,
  ): Paint => {
    const { fontSize, fontWeight } = getComputedStyle(element);
    const [sizePx, weight] = [Number.parseFloat(fontSize), Number(fontWeight)];
    return { kind, what, inks, sizePx, weight, layers: layersOf(below) };
  };
  const paints: Paint[] = [];
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (text === '' || element === null || !isShown(element)) continue;
    const { color, fill } = getComputedStyle(element);
    const ink = element instanceof SVGElement ? fill : color;
    paints.push(paint('text', text, [ink], element, element));
  }
  for (const field of root.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
    if (!isShown(field)) continue;
    const style = getComputedStyle(field);
    const name = field.getAttribute('aria-label') ?? field.labels?.[0]?.textContent ?? field.name;
    const sides = ['top', 'right', 'bottom', 'left'].filter(
      (side) => Number.parseFloat(style.getPropertyValue(`border-${side}-width`)) > 0,
    );
    const edges = sides.map((side) => style.getPropertyValue(`border-${side}-color`));
    const inks = [...edges, style.backgroundColor];
    paints.push(paint('edge', `the field '${name}'`, inks, field, field.parentElement));
    paints.push(paint('text', `what is in '${name}'`, [style.color], field, field));
    if (field.placeholder) {
      const { color } = getComputedStyle(field, '::placeholder');
      paints.push(paint('text', field.placeholder, [color], field, field));
    }
  }
  for (const drawing of root.querySelectorAll('a svg, button svg, svg:not([aria-hidden="true"])')) {
    for (const shape of drawing.querySelectorAll('path, circle, rect, line, polyline')) {
      // Lines that only guide the eye need no contrast.
      if (!isShown(shape) || shape.matches('.grid')) continue;
      const { fill, stroke } = getComputedStyle(shape);
      const inks = [fill, stroke].filter((ink) => ink !== 'none');
      const owner = drawing.closest('[aria-label], [aria-labelledby]') ?? drawing;
      const name = owner.getAttribute('aria-label') ?? owner.textContent ?? '';
      paints.push(paint('drawing', `a drawing of '${name}'`, inks, shape, drawing));
    }
  }
  return paints;
}

/** Identifiers used twice, and references to none. Runs in the page as well. */
export function readIdFaults(): string[] {
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  const referring = ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'list'];
  const references = referring.flatMap((attribute) =>
    [...document.querySelectorAll(`[${attribute}]`)].flatMap(
      (element) => element.getAttribute(attribute)?.split(/\s+/) ?? [],
    ),
  );
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two have the id ${id}`),
    ...references.filter((id) => !ids.includes(id)).map((id) => `there is no ${id} to refer to`),
  ];
}
