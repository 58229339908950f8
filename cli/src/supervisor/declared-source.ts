import path from 'node:path';
import { FeedmillError } from '@feedmill/core/errors';
import { DiskFiles } from '@feedmill/producer/capture/adapters/disk-files';
import { checkSource } from '@feedmill/producer/registry';
import {
  checkProducersDistinct,
  formatSourceSpec,
  parseSourceSpec,
  type SourceSpec,
} from '@feedmill/producer/source-spec';
import { LIMITS } from '../limits.ts';

/** A source of this command. */
export interface DeclaredSource {
  readonly producer: string;
  readonly spec: SourceSpec;
  /** The SPEC with everything that was left out, and with absolute paths. */
  readonly text: string;
}

/** The market that runs where no source is given. */
export const DEFAULT_SOURCE = 'simulated:market';

/**
 * Reads the SPECs of a command.
 *
 * @param speed for the sources that do not name their own; undefined leaves the sources' default
 * @throws FeedmillError SOURCE_INVALID or USAGE
 */
export function declareSources(
  texts: readonly string[],
  speed: number | undefined,
): DeclaredSource[] {
  if (texts.length > LIMITS.sourcesMax) {
    throw new FeedmillError(
      'USAGE',
      `${texts.length} sources were given and ${LIMITS.sourcesMax} are allowed; ` +
        'join files of one feed with commas, or start a second Feedmill with another --dir.',
    );
  }
  const specs = texts.map((text) =>
    absolute(parseSourceSpec(text, speed === undefined ? {} : { speed })),
  );
  checkProducersDistinct(specs);
  return specs.map((spec) => ({
    producer: spec.producer,
    spec,
    text: formatSourceSpec(spec),
  }));
}

/**
 * Looks that every file is there before anything starts.
 *
 * @throws FeedmillError SOURCE_INVALID naming the path
 */
export async function checkSources(sources: readonly DeclaredSource[]): Promise<void> {
  const files = new DiskFiles();
  for (const { spec } of sources) await checkSource(spec, files);
}

/**
 * Refuses sources that never end, for a command that ends by itself.
 *
 * @throws FeedmillError USAGE
 */
export function checkEnding(sources: readonly DeclaredSource[]): void {
  for (const { spec, producer } of sources) {
    if (spec.kind === 'push') {
      throw new FeedmillError(
        'USAGE',
        `--source push:${producer} never ends by itself; use \`feedmill up\` for it.`,
      );
    }
    if (spec.kind !== 'capture' && spec.kind !== 'simulated') {
      throw new FeedmillError(
        'USAGE',
        `The ${spec.kind} source '${producer}' never ends by itself; use \`feedmill up\` for it.`,
      );
    }
    if (spec.kind === 'simulated' && spec.simulation.events === undefined) {
      throw new FeedmillError(
        'USAGE',
        `--source simulated:${producer} never ends by itself; ` +
          'give it a number of events (?events=N), or use `feedmill up`.',
      );
    }
  }
}

function absolute(spec: SourceSpec): SourceSpec {
  if (spec.kind !== 'capture') return spec;
  return { ...spec, paths: spec.paths.map((each) => path.resolve(each)) };
}
