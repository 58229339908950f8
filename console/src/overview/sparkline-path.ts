/**
 * The path of a line through values from the left edge to the right, oldest first. A value that is
 * NaN interrupts it. The scale begins at 0, so that a steady rate looks steady.
 *
 * @param slots how many values fill the width; fewer stand at the right
 */
export function sparklinePath(
  values: readonly number[],
  slots: number,
  width: number,
  height: number,
): string {
  const top = Math.max(...values.filter((value) => !Number.isNaN(value)), 1);
  const stepX = width / Math.max(slots - 1, 1);
  const firstX = width - (values.length - 1) * stepX;
  let path = '';
  let isDrawing = false;
  for (const [at, value] of values.entries()) {
    if (Number.isNaN(value)) {
      isDrawing = false;
      continue;
    }
    const x = (firstX + at * stepX).toFixed(1);
    const y = (height - (value / top) * height).toFixed(1);
    path += `${isDrawing ? 'L' : 'M'}${x} ${y}`;
    isDrawing = true;
  }
  return path;
}
