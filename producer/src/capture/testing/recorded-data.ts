import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../../../../shared/data');

/** Path of a recorded file beside the checkout; see ../shared/data/README.md there. */
export function recordedPath(name: string): string {
  return resolve(FOLDER, name);
}

/** Whether the recorded data are there. Tests that need them are skipped where they are not. */
export function hasRecordedData(): boolean {
  return existsSync(FOLDER);
}

/** For the name of a test that needs them. */
export const NEEDS_RECORDED_DATA = 'needs ../shared/data beside the checkout';
