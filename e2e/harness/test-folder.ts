import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const REMOVE_RETRIES = 20;

/** A new folder below the system's temporary one, which a Postgres of another user may enter. */
export function makeTestFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'feedmill-e2e-'));
  chmodSync(dir, 0o711);
  return dir;
}

/** Removes a folder, also one in which a process that is ending still writes. */
export async function removeTestFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true, maxRetries: REMOVE_RETRIES });
}
