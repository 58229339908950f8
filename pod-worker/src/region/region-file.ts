import { join } from 'node:path';
import { asEpoch, type Epoch } from '@feedmill/core/brand';
import type { Disk } from '@feedmill/core/disk';
import { FeedmillError } from '@feedmill/core/errors';
import type { Register } from '@feedmill/core/region/register';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { volumeFault } from '../volume-fault.ts';

const NAME = 'region.json';

/** Own epochs that are remembered: those whose entries may still be in the journal. */
const OWN_EPOCHS_MAX = 256;

const Count = Type.Integer({ minimum: 0 });

const RegionFileSchema = Type.Object({
  format: Type.Literal(1),
  register: Type.Optional(
    Type.Object({
      version: Count,
      epoch: Count,
      primary: Type.String(),
      standby: Type.String(),
      inSync: Type.Boolean(),
      baseEpoch: Count,
      forcedEpoch: Count,
    }),
  ),
  heldEpoch: Count,
  ownEpochs: Type.Array(Count),
});

/** What a region must not forget of a shard while it has its volume. */
export interface RegionMemory {
  /** The newest register that it has read. */
  readonly register: Register | undefined;
  /** Newest epoch in which it held everything acknowledged; 0: never. */
  readonly heldEpoch: Epoch;
  /** Epochs that it was primary of: their entries were written here first. */
  readonly ownEpochs: readonly Epoch[];
}

const NOTHING: RegionMemory = { register: undefined, heldEpoch: asEpoch(0), ownEpochs: [] };

/** That memory, on the shard's volume. */
export class RegionFile {
  readonly #disk: Disk;
  readonly #path: string;
  #memory: RegionMemory;
  /** Changes are written one after another: each keeps what the one before it noted. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(disk: Disk, path: string, memory: RegionMemory) {
    this.#disk = disk;
    this.#path = path;
    this.#memory = memory;
  }

  /** @throws FeedmillError CONFIG_INVALID where the file is not ours */
  static async open(disk: Disk, folder: string): Promise<RegionFile> {
    const path = join(folder, NAME);
    const content = await disk.readFile(path);
    const memory = content === undefined ? NOTHING : parseMemory(path, content.toString('utf8'));
    return new RegionFile(disk, path, memory);
  }

  get memory(): RegionMemory {
    return this.#memory;
  }

  /**
   * Resolves once the change survives a crash.
   *
   * @throws FeedmillError JOURNAL_IO where the volume fails
   */
  async update(change: Partial<RegionMemory>): Promise<void> {
    const mine = this.#writing.then(() => this.#write(change));
    this.#writing = mine.catch(() => undefined);
    await mine;
  }

  async #write(change: Partial<RegionMemory>): Promise<void> {
    const memory = { ...this.#memory, ...change };
    const { register, heldEpoch } = memory;
    const ownEpochs = memory.ownEpochs.slice(-OWN_EPOCHS_MAX);
    const text = JSON.stringify({ format: 1, register, heldEpoch, ownEpochs });
    try {
      await this.#disk.replaceFile(this.#path, Buffer.from(`${text}\n`));
    } catch (error) {
      throw volumeFault(this.#path, 'written', error);
    }
    this.#memory = { register, heldEpoch, ownEpochs };
  }
}

function parseMemory(path: string, text: string): RegionMemory {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (Value.Check(RegionFileSchema, parsed)) return memoryOf(parsed);
  throw new FeedmillError(
    'CONFIG_INVALID',
    `${path} cannot be read. Remove it: this region then copies from the other one before it may ` +
      'take over again.',
  );
}

function memoryOf({ register, heldEpoch, ownEpochs }: Static<typeof RegionFileSchema>) {
  return {
    register: register && {
      ...register,
      epoch: asEpoch(register.epoch),
      baseEpoch: asEpoch(register.baseEpoch),
      forcedEpoch: asEpoch(register.forcedEpoch),
    },
    heldEpoch: asEpoch(heldEpoch),
    ownEpochs: ownEpochs.map(asEpoch),
  };
}
