import { captureFormat, captureFormatNames } from './capture/capture-formats.ts';
import type { NetworkKind, NetworkKindName, NetworkRequest } from './network-kind.ts';
import { NETWORK_KINDS, networkKind } from './network-kinds.ts';
import {
  readSimulationOptions,
  SIMULATION_PARAMETERS,
  type SimulationOptions,
} from './simulated/simulation-options.ts';
import {
  decodePercent,
  encodePercent,
  hint,
  type SourceParameter,
  SourceParameters,
  specError,
} from './source-parameters.ts';

/** Recorded files, played back. */
export interface CaptureSpec {
  readonly kind: 'capture';
  readonly producer: string;
  readonly format: string;
  /** One continuous session, in this order. */
  readonly paths: readonly string[];
  /** 1: as recorded; any factor; 0: as fast as it is taken. */
  readonly speed: number;
  /** The parameters of the format. */
  readonly options: Readonly<Record<string, string>>;
}

/** The seeded market. */
export interface SimulatedSpec {
  readonly kind: 'simulated';
  readonly producer: string;
  /** 1: an event is due at its time; any factor; 0: as fast as it is taken. */
  readonly speed: number;
  readonly simulation: SimulationOptions;
}

/** Something on the network: a venue as it trades, and the like. */
export interface NetworkSpec extends NetworkRequest {
  readonly kind: NetworkKindName;
}

/** A producer that sends from outside by the SDK or plain gRPC; it is only declared here. */
export interface PushSpec {
  readonly kind: 'push';
  readonly producer: string;
}

export type SourceSpec = CaptureSpec | SimulatedSpec | NetworkSpec | PushSpec;

const SOURCE_KINDS = ['capture', ...NETWORK_KINDS.map(({ kind }) => kind), 'simulated', 'push'];

export const PRODUCER_PARAMETER: SourceParameter = {
  name: 'producer',
  meaning: 'name of the producer; starting again under it goes on where it stopped',
  defaultText: 'folder and file name',
};

export const SPEED_PARAMETER: SourceParameter = {
  name: 'speed',
  meaning: '1: at its own pace; any factor of it; 0: as fast as it is taken',
  defaultText: '1',
};

const SPEED_RULE = { min: 0, max: 1e9 };
const PRODUCER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const PRODUCER_NAME_LENGTH_MAX = 63;

/** What holds for every source of a command that does not say otherwise itself. */
export interface SourceDefaults {
  readonly speed?: number;
}

/**
 * Reads a SPEC: `capture:<format>:<path>[,<path>...][?...]`, `live:<venue>?...`,
 * `simulated:[NAME][?...]` or `push:NAME`. A comma, question mark or ampersand inside a path is
 * written %2C, %3F, %26.
 *
 * @throws FeedmillError SOURCE_INVALID
 */
export function parseSourceSpec(text: string, defaults: SourceDefaults = {}): SourceSpec {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  const question = rest.indexOf('?');
  const target = question < 0 ? rest : rest.slice(0, question);
  const query = question < 0 ? '' : rest.slice(question + 1);
  const speed = defaults.speed ?? 1;
  switch (kind) {
    case 'capture':
      return parseCapture(text, target, query, speed);
    case 'simulated':
      return parseSimulated(text, target, query, speed);
    case 'push':
      if (query !== '') throw specError(text, 'push takes no parameters; write push:NAME');
      return { kind: 'push', producer: producerName(text, target) };
    default: {
      const network = networkKind(kind);
      if (network !== undefined) return parseNetwork(text, network, target, query);
      throw specError(
        text,
        `'${kind}' is not a kind of source, which are ${SOURCE_KINDS.join(', ')}` +
          hint(kind, SOURCE_KINDS),
      );
    }
  }
}

/** A SPEC that reads back as `spec`; the paths as they are in it. */
export function formatSourceSpec(spec: SourceSpec): string {
  switch (spec.kind) {
    case 'push':
      return `push:${spec.producer}`;
    case 'simulated': {
      const given = Object.entries(spec.simulation.given);
      const parameters = [['speed', String(spec.speed)], ...given];
      return `simulated:${spec.producer}?${joinQuery(parameters)}`;
    }
    case 'capture': {
      const paths = spec.paths.map(encodePercent).join(',');
      const parameters = [
        ['producer', spec.producer],
        ['speed', String(spec.speed)],
        ...Object.entries(spec.options),
      ];
      return `capture:${spec.format}:${paths}?${joinQuery(parameters)}`;
    }
    default: {
      const parameters = [['producer', spec.producer], ...Object.entries(spec.options)];
      return `${spec.kind}:${spec.target}?${joinQuery(parameters)}`;
    }
  }
}

/**
 * Two sources of one name would be one producer with two streams.
 *
 * @throws FeedmillError SOURCE_INVALID
 */
export function checkProducersDistinct(specs: readonly SourceSpec[]): void {
  const seen = new Set<string>();
  for (const spec of specs) {
    if (seen.has(spec.producer)) {
      const isNamed = spec.kind === 'simulated' || spec.kind === 'push';
      const rename = isNamed ? `another NAME in ${spec.kind}:NAME` : '?producer=NAME';
      throw specError(
        formatSourceSpec(spec),
        `another source already feeds the producer '${spec.producer}'; give one of them ${rename}`,
      );
    }
    seen.add(spec.producer);
  }
}

function parseCapture(text: string, target: string, query: string, speed: number): CaptureSpec {
  const colon = target.indexOf(':');
  const formatName = colon < 0 ? target : target.slice(0, colon);
  const format = captureFormat(formatName);
  if (format === undefined) {
    const names = captureFormatNames();
    throw specError(
      text,
      `'${formatName}' is not a capture format, which are ${names.join(', ')}` +
        hint(formatName, names),
    );
  }
  const paths =
    colon < 0
      ? []
      : target
          .slice(colon + 1)
          .split(',')
          .map(decodePercent);
  if (paths.length === 0 || paths.includes('')) {
    throw specError(
      text,
      `a path is missing; write capture:${formatName}:PATH, several separated by commas`,
    );
  }
  const allowed = [PRODUCER_PARAMETER, SPEED_PARAMETER, ...format.parameters];
  const parameters = new SourceParameters(text, query, allowed);
  const options: Record<string, string> = {};
  for (const { name } of format.parameters) {
    const value = parameters.text(name);
    if (value !== undefined) options[name] = value;
  }
  const problem = format.check({ paths, options });
  if (problem !== undefined) throw specError(text, problem);
  const given = parameters.text('producer');
  const producer = given === undefined ? captureProducer(paths) : producerName(text, given);
  return {
    kind: 'capture',
    producer,
    format: formatName,
    paths,
    speed: parameters.number('speed', SPEED_RULE) ?? speed,
    options,
  };
}

function parseSimulated(text: string, target: string, query: string, speed: number): SimulatedSpec {
  const parameters = new SourceParameters(text, query, [SPEED_PARAMETER, ...SIMULATION_PARAMETERS]);
  return {
    kind: 'simulated',
    producer: target === '' ? 'simulated' : producerName(text, target),
    speed: parameters.number('speed', SPEED_RULE) ?? speed,
    simulation: readSimulationOptions(text, parameters),
  };
}

function parseNetwork(
  text: string,
  network: NetworkKind,
  target: string,
  query: string,
): NetworkSpec {
  const parameters = new SourceParameters(text, query, [PRODUCER_PARAMETER, ...network.parameters]);
  const options: Record<string, string> = {};
  for (const { name } of network.parameters) {
    const value = parameters.text(name);
    if (value !== undefined) options[name] = value;
  }
  const problem = network.check(target, options);
  if (problem !== undefined) throw specError(text, problem);
  const producer = parameters.text('producer') ?? network.producerOf(target, options);
  return { kind: network.kind, producer: producerName(text, producer), target, options };
}

function producerName(text: string, name: string): string {
  if (PRODUCER_NAME.test(name)) return name;
  throw specError(
    text,
    `'${name}' cannot name a producer; use 1 to ${PRODUCER_NAME_LENGTH_MAX} letters, digits, ` +
      `'.', '_' or '-', beginning with a letter or digit`,
  );
}

/**
 * Folder and file name, of the last file too where there are several. The folder belongs to it
 * because recorders name the files of two markets alike.
 */
function captureProducer(paths: readonly string[]): string {
  const first = paths[0] as string;
  const last = paths[paths.length - 1] as string;
  const parts = first.split(/[\\/]+/).filter((part) => !/^\.{0,2}$/.test(part));
  const folder = parts.length > 1 ? `${parts[parts.length - 2]}-` : '';
  const tail = paths.length > 1 ? `-to-${stem(last)}` : '';
  const name = `${folder}${stem(first)}${tail}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (name === '') return `capture-${hashHex(first)}`;
  if (name.length <= PRODUCER_NAME_LENGTH_MAX) return name;
  const hash = hashHex(name);
  return `${name.slice(0, PRODUCER_NAME_LENGTH_MAX - hash.length - 1)}-${hash}`;
}

function stem(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return base
    .replace(/\.(gz|zst)$/i, '')
    .replace(/(?<=.)\.(csv|dbn|json|jsonl|ndjson|txt|log)$/i, '');
}

/** FNV-1a, 32 bits: enough to keep names apart that were cut to one length. */
function hashHex(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function joinQuery(parameters: readonly (readonly string[])[]): string {
  return parameters.map(([name, value]) => `${name}=${encodePercent(value ?? '')}`).join('&');
}
