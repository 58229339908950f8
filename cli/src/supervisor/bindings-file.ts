import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { type BindingsRecord, BindingsRecordSchema } from '../binding/bindings-record.ts';
import { readJsonFile, writeJsonFile } from '../json-file.ts';

const RECORD_FILE = 'bindings.json';

/** The folder's record; undefined in a new folder. */
export async function readBindingsRecord(dir: string): Promise<BindingsRecord | undefined> {
  return await readJsonFile(path.join(dir, RECORD_FILE), BindingsRecordSchema);
}

export async function writeBindingsRecord(dir: string, record: BindingsRecord): Promise<void> {
  await writeJsonFile(path.join(dir, RECORD_FILE), record);
}

export const newClusterId = (): string => `local-${randomBytes(8).toString('hex')}`;
