import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { type SimFile, sectorsOf } from './sim-file.ts';
import { VolumeNames } from './volume-names.ts';

/** How fast a volume is when nothing is wrong with it. */
export interface VolumeTraits {
  /** Shortest operation, ms. */
  readonly latencyMs: number;
  /** Mean of what a sync takes on top, ms. */
  readonly syncMs: number;
  readonly bytesPerMs: number;
  readonly capacityBytes: number;
}

/** Something that a process asked for and that is not done. */
interface Operation {
  readonly program: SimProcess;
  /** A write that dies with its process may have been done in part. */
  readonly tear: ((chance: Chance, isPowerCut: boolean) => void) | undefined;
  /** It had not reached the kernel when its process was stopped. */
  isLate: boolean;
}

/** A disk that a machine has, with what may go wrong with it. */
export class SimVolume {
  readonly name: string;
  readonly names = new VolumeNames();
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #traits: VolumeTraits;
  readonly #operations = new Set<Operation>();
  readonly #watched = new WeakSet<SimProcess>();
  /** Every operation takes this many times as long. */
  slowness = 1;
  /** Bytes that others take away. */
  takenBytes = 0;
  /** Syncs to come that fail. */
  #syncErrors = 0;
  #isDetached = false;
  /** Writes to come that land somewhere else. */
  #misdirected = 0;
  readonly #onMisdirected: (path: string) => void;

  constructor(
    name: string,
    scheduler: Scheduler,
    chance: Chance,
    traits: VolumeTraits,
    onMisdirected: (path: string) => void,
  ) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#traits = traits;
    this.#onMisdirected = onMisdirected;
  }

  get usedBytes(): number {
    let used = this.takenBytes;
    for (const [, file] of this.names.entries()) used += file.length;
    return used;
  }

  get capacityBytes(): number {
    return this.#traits.capacityBytes;
  }

  /** The volume is given to another machine: here, nothing works on it any more. */
  detach(): void {
    this.#isDetached = true;
  }

  failNextSync(): void {
    this.#syncErrors += 1;
  }

  misdirectNextWrite(): void {
    this.#misdirected += 1;
  }

  /** Has an effect take place after the time that it takes, and tells the process. */
  operate<T>(
    program: SimProcess,
    label: string,
    bytes: number,
    isSync: boolean,
    effect: () => T,
    tear?: Operation['tear'],
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (program.hasEnded) return;
      this.#watch(program);
      const operation: Operation = { program, tear, isLate: this.#chance.hit(0.3) };
      this.#operations.add(operation);
      const { latencyMs, syncMs, bytesPerMs } = this.#traits;
      const extraMs = this.#chance.exponential(isSync ? syncMs : latencyMs);
      const delayMs = (latencyMs + extraMs + bytes / bytesPerMs) * this.slowness;
      const perform = (): void => {
        this.#operations.delete(operation);
        let outcome: () => void;
        try {
          if (this.#isDetached) throw diskError('EIO', 'the volume is detached');
          const result = effect();
          outcome = () => resolve(result);
        } catch (error) {
          outcome = () => reject(error instanceof Error ? error : new Error(String(error)));
        }
        program.deliver(label, outcome);
      };
      this.#scheduler.after(delayMs, `${program.name} disk ${label} ${bytes}`, () => {
        if (!this.#operations.has(operation)) return;
        if (program.pausedSinceMs !== undefined && operation.isLate) {
          program.deliver(label, perform);
        } else {
          perform();
        }
      });
    });
  }

  /** The effect of a write, with whatever is wrong with the disk. */
  write(path: string, file: SimFile, bytes: Buffer, offset: number, isDurable: boolean): void {
    const growth = Math.max(0, offset + bytes.length - file.length);
    if (growth > 0 && this.usedBytes + growth > this.#traits.capacityBytes) {
      throw diskError('ENOSPC', 'no space left on device');
    }
    if (isDurable && this.#misdirected > 0 && !path.endsWith('spare')) {
      this.#misdirected -= 1;
      this.#misdirect(path, file, bytes, offset);
      return;
    }
    if (!isDurable) {
      file.write(bytes, offset);
      return;
    }
    if (this.#takeSyncError()) {
      file.write(bytes, offset);
      file.forgetDirty();
      throw diskError('EIO', 'i/o error');
    }
    file.writeDurably(bytes, offset);
  }

  /** What is left of a write whose process, or machine, is gone. */
  tearWrite(file: SimFile, bytes: Buffer, offset: number, isPowerCut: boolean): void {
    const sectors = sectorsOf(bytes, offset);
    if (isPowerCut) {
      // The disk was in the middle of it.
      for (const sector of sectors) {
        if (this.#chance.hit(0.5)) file.writeDurably(this.#damaged(sector.bytes), sector.offset);
      }
      return;
    }
    // The kernel has the beginning of it, in memory; how much has come to the disk, nobody knows.
    const kept = this.#chance.hit(0.5) ? sectors.length : this.#chance.int(0, sectors.length);
    for (const sector of sectors.slice(0, kept)) file.write(sector.bytes, sector.offset);
    if (this.#chance.hit(0.3)) file.sync();
  }

  sync(file: SimFile): void {
    if (this.#takeSyncError()) {
      file.forgetDirty();
      throw diskError('EIO', 'i/o error');
    }
    file.sync();
  }

  /** The machine loses its power; its processes have ended already. */
  powerCut(): void {
    for (const [, file] of this.names.entries()) file.powerCut(this.#chance);
    this.names.powerCut(this.#chance);
    // A file whose name was lost with the cut may have a name that was given before.
    for (const [, file] of this.names.entries()) file.powerCut(this.#chance);
  }

  /** Everything on it as it is now: as its readers see it, or as a power cut would leave it. */
  snapshot(view: 'seen' | 'durable'): Map<string, SimFile> {
    const names = view === 'seen' ? this.names.entries() : this.names.durableEntries();
    return new Map([...names].map(([path, file]) => [path, file.copy(view)]));
  }

  /** Removes everything. */
  wipe(): void {
    this.restore(new Map());
  }

  /** Puts a snapshot in the place of what is there. */
  restore(snapshot: ReadonlyMap<string, SimFile>): void {
    for (const [path] of this.names.entries()) this.names.remove(path);
    for (const [path, file] of snapshot) this.names.add(path, file.copy('seen'));
    this.names.syncAll();
  }

  /** Flips one bit of a file. */
  rot(path: string, offset: number): void {
    this.names.find(path)?.flipBit(offset, this.#chance.int(0, 7));
  }

  #takeSyncError(): boolean {
    if (this.#syncErrors === 0) return false;
    this.#syncErrors -= 1;
    return true;
  }

  #misdirect(path: string, file: SimFile, bytes: Buffer, offset: number): void {
    this.#onMisdirected(path);
    const room = Math.max(0, file.length - bytes.length);
    const wrong = this.#chance.int(0, Math.floor(room / 512)) * 512;
    file.writeDurably(bytes, wrong === offset ? (wrong + 512) % (room + 1) : wrong);
  }

  #damaged(bytes: Buffer): Buffer {
    if (!this.#chance.hit(0.1)) return bytes;
    const damaged = Buffer.from(bytes);
    damaged.fill(this.#chance.int(0, 255), this.#chance.int(0, damaged.length - 1));
    return damaged;
  }

  #watch(program: SimProcess): void {
    if (this.#watched.has(program)) return;
    this.#watched.add(program);
    program.onEnd((end) => {
      for (const operation of this.#operations) {
        if (operation.program !== program) continue;
        this.#operations.delete(operation);
        if (!this.#isDetached)
          operation.tear?.(this.#chance, end.kind === 'killed' && end.isPowerCut);
      }
    });
  }
}

export function diskError(code: 'ENOSPC' | 'EIO' | 'ENOENT', what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
