import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { FeedmillError } from '@feedmill/core/errors';

/** Which cluster and which objects are meant. */
export interface KubeScope {
  readonly context: string | undefined;
  /** Undefined: the namespace of the context. */
  readonly namespace: string | undefined;
  readonly isEverywhere: boolean;
}

/** Output that would be more than this is a fault, such as the log of a program gone wild. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** What `kubectl` of this machine says of a cluster: with its configuration and its rights. */
export class Kubectl {
  readonly #scope: KubeScope;

  constructor(scope: KubeScope) {
    this.#scope = scope;
  }

  /** Objects of some kinds, as `kubectl get` selects them. */
  async list<T>(kinds: string, ...selection: readonly string[]): Promise<T[]> {
    const text = await this.say('get', kinds, '--output=json', ...this.#where(), ...selection);
    return (JSON.parse(text) as { readonly items: T[] }).items;
  }

  /** Something that one object or the API server itself says. */
  async say(...args: readonly string[]): Promise<string> {
    return await outputOf('kubectl', this.#inContext(args));
  }

  /** Makes objects what a manifest says. */
  async apply(manifest: object, namespace: string): Promise<void> {
    await this.#give('apply', manifest, namespace);
  }

  /** Makes an object, and returns its kind and name as kubectl takes them. */
  async create(manifest: object, namespace: string): Promise<string> {
    return (await this.#give('create', manifest, namespace, '--output=name')).trim();
  }

  /** The same; undefined where there is nothing to say. */
  async sayIfAny(...args: readonly string[]): Promise<string | undefined> {
    try {
      return await this.say(...args);
    } catch {
      return undefined;
    }
  }

  /** What a pod serves over HTTP; undefined where it does not answer. */
  async fromPod(namespace: string, pod: string, path: string): Promise<string | undefined> {
    const proxied = `/api/v1/namespaces/${namespace}/pods/${pod}:7500/proxy${path}`;
    return await this.sayIfAny('get', '--raw', proxied, '--request-timeout=5s');
  }

  async #give(
    verb: string,
    manifest: object,
    namespace: string,
    ...args: readonly string[]
  ): Promise<string> {
    const file = ['--filename=-', `--namespace=${namespace}`];
    return await outputOf(
      'kubectl',
      this.#inContext([verb, ...file, ...args]),
      JSON.stringify(manifest),
    );
  }

  #inContext(args: readonly string[]): readonly string[] {
    const { context } = this.#scope;
    return context === undefined ? args : [`--context=${context}`, ...args];
  }

  #where(): string[] {
    const { namespace, isEverywhere } = this.#scope;
    if (isEverywhere) return ['--all-namespaces'];
    return namespace === undefined ? [] : [`--namespace=${namespace}`];
  }
}

/** @throws FeedmillError API_REFUSED with what the program said, where it fails */
export async function outputOf(
  program: string,
  args: readonly string[],
  input = '',
): Promise<string> {
  const child = spawn(program, args, { stdio: 'pipe' });
  // A program that ends without reading it says why by itself.
  child.stdin.on('error', () => undefined).end(input);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const parts: Buffer[] = [];
  let bytes = 0;
  let complaint = '';
  child.stdout.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes > OUTPUT_BYTES_MAX) child.kill();
    else parts.push(part);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-OUTPUT_BYTES_MAX);
  });
  let code: number | null;
  try {
    [code] = await ended;
  } catch (error) {
    throw new FeedmillError(
      'USAGE',
      `${program} cannot be run: ${FeedmillError.from(error).message}. It has to be installed.`,
      { cause: error },
    );
  }
  if (code === 0) return Buffer.concat(parts).toString('utf8');
  const why = complaint.trim() || `it ended with ${code} after ${bytes} bytes`;
  throw new FeedmillError('API_REFUSED', `${program} ${args.join(' ')}: ${why}`);
}
