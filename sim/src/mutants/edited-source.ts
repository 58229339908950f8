import { FeedmillError } from '@feedmill/core/errors';
import type { SourceEdit } from './mutant.ts';

/** A source with edits; each must find its passage exactly once, or it would prove nothing. */
export function editedSource(source: string, edits: readonly SourceEdit[]): string {
  let edited = source;
  for (const { file, find, replace } of edits) {
    const parts = edited.split(find);
    if (parts.length !== 2) {
      const times = parts.length - 1;
      throw new FeedmillError(
        'INTERNAL',
        `${file} has ${times} times what a mutant is to change, not once: ${find.trim()}`,
      );
    }
    edited = parts.join(replace);
  }
  return edited;
}

/** The edits of each file. */
export function editsByFile(edits: readonly SourceEdit[]): Map<string, SourceEdit[]> {
  const byFile = new Map<string, SourceEdit[]>();
  for (const edit of edits) byFile.set(edit.file, [...(byFile.get(edit.file) ?? []), edit]);
  return byFile;
}
