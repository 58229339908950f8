import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import { until } from './waiting.ts';

const PROGRAM = fileURLToPath(new URL('../../witness/src/main.ts', import.meta.url));

export interface WitnessOptions {
  readonly dir: string;
  readonly flags: readonly string[];
  readonly logFile: string;
}

/** A witness process. */
export class Witness {
  readonly child: Child;
  #address: string | undefined;

  constructor({ dir, flags, logFile }: WitnessOptions) {
    this.child = new Child({
      name: 'witness',
      program: PROGRAM,
      args: [`--dir=${dir}`, ...flags],
      logFile,
    });
    this.child.onMessage((message) => {
      const { type, grpcAddress } = message as { type?: unknown; grpcAddress?: unknown };
      if (type === 'ready' && typeof grpcAddress === 'string') this.#address = grpcAddress;
    });
  }

  /** host:port, once it listens. */
  async ready(): Promise<string> {
    return await until('the witness listens', () => {
      if (this.child.end !== undefined) throw new Error(`it ended: ${this.child.lastWords()}`);
      return this.#address;
    });
  }
}
