import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FeedmillError } from '@feedmill/core/errors';
import { LinearModel } from '@feedmill/core/news/linear-model';
import { readLinearModel } from '@feedmill/core/news/linear-model-file';
import type { SentimentModel } from '@feedmill/core/news/sentiment-model';

/** The folder of the model that comes with Feedmill. */
export const BUILTIN_MODEL_DIR = path.join(import.meta.dirname, '../../models/headline-linear');

/**
 * The model that a setting names: `builtin`, `off`, a folder with `model.json` and `weights.bin`,
 * or a JavaScript or TypeScript module that exports `sentimentModel`.
 *
 * @throws FeedmillError CONFIG_INVALID
 */
export async function loadSentimentModel(setting: string): Promise<SentimentModel | undefined> {
  if (setting === 'off') return undefined;
  if (setting === 'builtin') return await loadFolder(BUILTIN_MODEL_DIR);
  const at = path.resolve(setting);
  try {
    const isFolder = (await stat(at)).isDirectory();
    return isFolder ? await loadFolder(at) : await loadModule(at);
  } catch (error) {
    const { code, message } = FeedmillError.from(error, 'CONFIG_INVALID');
    throw new FeedmillError(
      code,
      `--sentiment-model '${setting}': ${message} Give builtin, off, a folder with model.json ` +
        'and weights.bin, or a module that exports sentimentModel.',
      { cause: error },
    );
  }
}

async function loadFolder(dir: string): Promise<SentimentModel> {
  const description: unknown = JSON.parse(await readFile(path.join(dir, 'model.json'), 'utf8'));
  const weights = await readFile(path.join(dir, 'weights.bin'));
  return new LinearModel(readLinearModel(description, weights, dir));
}

async function loadModule(file: string): Promise<SentimentModel> {
  const { sentimentModel } = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  if (isSentimentModel(sentimentModel)) return sentimentModel;
  throw new FeedmillError(
    'CONFIG_INVALID',
    'The module exports no sentimentModel with id, version and score().',
  );
}

function isSentimentModel(value: unknown): value is SentimentModel {
  if (typeof value !== 'object' || value === null) return false;
  const { id, version, score } = value as Record<string, unknown>;
  return typeof id === 'string' && typeof version === 'string' && typeof score === 'function';
}
