const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1024;

/** Size of a file: 512 B, 64.0 MiB, 1.2 GiB. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.96 would be written with a fourth digit.
  while (value >= STEP - 0.05 && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
