import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { FeedmillError } from '@feedmill/core/errors';
import { editedSource, editsByFile } from '../mutants/edited-source.ts';
import { MUTANTS } from '../mutants/mutants.ts';

/** The repository: three folders above this file. */
export const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Has every module that is loaded from now on be loaded with a mutant's edits. Nothing of a mutant
 * stands in the code that is shipped.
 *
 * @throws FeedmillError USAGE where there is no mutant of this name
 */
export function switchMutant(name: string): void {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant === undefined) {
    const names = MUTANTS.map((each) => each.name).join(', ');
    throw new FeedmillError('USAGE', `There is no mutant '${name}'; there are ${names}.`);
  }
  const byFile = editsByFile(mutant.edits);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const path = url.startsWith('file:') ? fileURLToPath(url) : '';
      const edits = path.startsWith(REPOSITORY) && byFile.get(path.slice(REPOSITORY.length));
      const { source } = loaded;
      if (!edits || source === undefined || source === null) return loaded;
      const text =
        typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString('utf8');
      return { ...loaded, source: editedSource(text, edits) };
    },
  });
}
