import { Problem } from '../problem.ts';
import type { Wishes } from '../wish/wishes.ts';
import type { Switchover, SwitchoverWish } from './switchover-messages.ts';

export interface SwitchoverRequest extends Pick<SwitchoverWish, 'by' | 'from' | 'to'> {
  /** Name of the region that shall become primary by force, said again; undefined: as planned. */
  readonly forcedTo: string | undefined;
}

export interface SwitchoverDeskOptions {
  readonly wishes: Wishes;
  readonly makeId: () => string;
}

/** The switchovers of the supervisor that has started this gateway, where it runs two regions. */
export class SwitchoverDesk {
  readonly #options: SwitchoverDeskOptions;
  /** Undefined where one region runs. */
  #switchovers: readonly Switchover[] | undefined;

  constructor(options: SwitchoverDeskOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(): readonly Switchover[] {
    return this.#switchovers ?? [];
  }

  /** They are like this from now on. */
  show(switchovers: readonly Switchover[]): void {
    this.#switchovers = switchovers;
  }

  /** @throws Problem not-found */
  find(id: string): Switchover {
    const found = this.list().find((each) => each.id === id);
    if (found !== undefined) return found;
    throw new Problem(
      'not-found',
      `There is no switchover '${id}'; GET /v1/switchovers lists the last ones.`,
    );
  }

  /**
   * Begins to move all shards to the other region.
   *
   * @throws Problem conflict, not-meaningful, overloaded or unavailable
   */
  async start({ forcedTo, ...request }: SwitchoverRequest): Promise<Switchover> {
    const { wishes, makeId } = this.#options;
    if (this.#switchovers === undefined) {
      throw new Problem(
        'conflict',
        'No second region runs beside this gateway, so there is none to switch to: start them ' +
          'with `feedmill up --regions 2`; on Kubernetes make a RegionSwitchover.',
      );
    }
    const isForced = forcedTo !== undefined;
    if (isForced && forcedTo !== request.to) {
      throw new Problem(
        'not-meaningful',
        `'confirm' is '${forcedTo}'. By force, what only the other region has is given up, ` +
          `though it was acknowledged; say '${request.to}' there to confirm that.`,
      );
    }
    const id = makeId();
    await wishes.ask(
      (wish) => ({ type: 'switchover-wish', wish, id, isForced, ...request }),
      'GET /v1/switchovers',
    );
    return this.find(id);
  }
}
