import { FeedmillError } from '@feedmill/core/errors';
import { FileRegisterStore } from '@feedmill/witness/file-register-store';
import { LIMITS } from '@feedmill/witness/limits';
import { WitnessDesk } from '@feedmill/witness/witness-desk';
import { SimDisk } from '../disk/sim-disk.ts';
import type { SimVolume } from '../disk/sim-volume.ts';
import type { SimHost } from '../kernel/sim-host.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { openWitnessDoor } from '../net/sim-witness-door.ts';
import { type Kept, KeptNode } from './kept-node.ts';
import type { World } from './world.ts';

const FOLDER = '/registers';
const SESSIONS_MAX = 2 ** 40;

/** The third site of two regions, with its register. */
export class WitnessNode implements Kept {
  readonly name = 'witness';
  readonly address = 'witness:7411';
  readonly host: SimHost;
  readonly volume: SimVolume;
  readonly kept: KeptNode;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.host = world.host(this.name);
    this.volume = world.volume(this.name);
    this.kept = new KeptNode(world, this);
  }

  live(program: SimProcess): void {
    this.#live(program).catch((error: unknown) => program.fail(FeedmillError.from(error)));
  }

  async #live(program: SimProcess): Promise<void> {
    const { clock, chance } = program;
    const say = (_fields: object, sentence: string): void =>
      this.#world.note(`${program.name}: ${sentence}`);
    const desk = new WitnessDesk({
      clock,
      store: await FileRegisterStore.open(new SimDisk(program, this.volume), FOLDER),
      takeoverAfterMs: this.#world.takeoverAfterMs,
      isRestored: false,
      session: BigInt(chance.int(1, SESSIONS_MAX)),
      log: { info: say, warn: say },
    });
    const tick = (): void => {
      desk.tick();
      clock.schedule(LIMITS.tickMs, tick);
    };
    tick();
    openWitnessDoor(program, this.#world.network, this.address, desk);
  }
}
