import type { JSX } from 'preact';

const PATHS = {
  search: 'M11 11l3.5 3.5M12.5 7.5a5 5 0 1 1-10 0 5 5 0 0 1 10 0z',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1M8 14v1M1 8h1M14 8h1M3 3l1 1M12 12l1 1M13 3l-1 1',
  moon: 'M13.5 9.5A6 6 0 1 1 6.5 2.5a5 5 0 0 0 7 7z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6',
  play: 'M4.5 2.5l9 5.5-9 5.5z',
  pause: 'M5 3v10M11 3v10',
  stop: 'M3.5 3.5h9v9h-9z',
  key: 'M9.5 6A3.5 3.5 0 1 0 7 9.4l1 1.1h1.5V12H11v1.5h2.5V11L9.3 7zM5.5 5h.01',
  chevron: 'M6 3.5l4.5 4.5L6 12.5',
} as const;

export type IconName = keyof typeof PATHS;

/** A drawing beside words; what it means is always said in text, too. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
