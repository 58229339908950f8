import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import type { CaptureFiles } from './capture/capture-files.ts';
import { CAPTURE_FORMATS, captureFormat } from './capture/capture-formats.ts';
import { CaptureSource } from './capture/capture-source.ts';
import type { NetworkDeps } from './network-kind.ts';
import { NETWORK_KINDS, networkKind } from './network-kinds.ts';
import { SimulatedSource } from './simulated/simulated-source.ts';
import { SIMULATION_PARAMETERS } from './simulated/simulation-options.ts';
import type { Source } from './source.ts';
import { type SourceParameter, specError } from './source-parameters.ts';
import {
  formatSourceSpec,
  PRODUCER_PARAMETER,
  type SourceSpec,
  SPEED_PARAMETER,
} from './source-spec.ts';

/** What a source needs from its surroundings. */
export interface SourceDeps {
  readonly clock: Clock;
  readonly files: CaptureFiles;
  /** Takes one sentence for the log; called at most once for each kind of problem. */
  readonly warn: (sentence: string) => void;
  /** For sources that read it. */
  readonly network: Omit<NetworkDeps, 'clock' | 'warn'>;
}

/** One kind of source, or one format of captures, for `feedmill sources`. */
export interface SourceListing {
  readonly kind: SourceSpec['kind'];
  /** Only captures have formats. */
  readonly format: string | undefined;
  readonly meaning: string;
  readonly parameters: readonly SourceParameter[];
  readonly example: string;
}

/**
 * Opens the source that a SPEC names. Files are opened only when its events are asked for.
 *
 * @throws FeedmillError SOURCE_INVALID for `push`, whose events come from outside
 */
export function openSource(spec: SourceSpec, deps: SourceDeps): Source {
  switch (spec.kind) {
    case 'capture': {
      const format = captureFormat(spec.format);
      if (format === undefined) {
        throw new FeedmillError('INTERNAL', `The capture format '${spec.format}' is not known.`);
      }
      return new CaptureSource(spec, format, deps);
    }
    case 'simulated':
      return new SimulatedSource(spec, deps);
    case 'push':
      throw specError(
        formatSourceSpec(spec),
        'a push producer sends from outside by the SDK; there is nothing to open here',
      );
    default: {
      const { clock, network, warn } = deps;
      const kind = networkKind(spec.kind);
      if (kind !== undefined) return kind.open(spec, { ...network, clock, warn });
      throw new FeedmillError('INTERNAL', `The kind of source '${spec.kind}' is not known.`);
    }
  }
}

/**
 * Looks that every file of a source is there, so that a command can refuse before it starts.
 *
 * @throws FeedmillError SOURCE_INVALID naming the path
 */
export async function checkSource(spec: SourceSpec, files: CaptureFiles): Promise<void> {
  if (spec.kind !== 'capture') return;
  const format = captureFormat(spec.format);
  for (const path of spec.paths) {
    try {
      const expanded = (await format?.expand?.(path, files)) ?? [path];
      for (const each of expanded) await files.sizeOf(each);
    } catch (error) {
      const { message } = FeedmillError.from(error);
      throw specError(formatSourceSpec(spec), message.replace(/\.$/, ''));
    }
  }
}

/** Kinds and formats with their parameters and an example each. */
export function listSources(): readonly SourceListing[] {
  const captures = CAPTURE_FORMATS.map(
    (format): SourceListing => ({
      kind: 'capture',
      format: format.name,
      meaning: format.meaning,
      parameters: [PRODUCER_PARAMETER, SPEED_PARAMETER, ...format.parameters],
      example: format.example,
    }),
  );
  const networks = NETWORK_KINDS.map(
    ({ kind, meaning, parameters, example }): SourceListing => ({
      kind,
      format: undefined,
      meaning,
      parameters: [PRODUCER_PARAMETER, ...parameters],
      example,
    }),
  );
  return [
    ...captures,
    ...networks,
    {
      kind: 'simulated',
      format: undefined,
      meaning: 'a seeded market: five shares on four venues, trades, quotes and news',
      parameters: [SPEED_PARAMETER, ...SIMULATION_PARAMETERS],
      example: 'simulated:market?rate=5000&seed=7',
    },
    {
      kind: 'push',
      format: undefined,
      meaning: 'declares a producer that sends from outside by the SDK or plain gRPC',
      parameters: [],
      example: 'push:broker-1',
    },
  ];
}
