import { type RegionRoleName, regionStatusOf } from '@feedmill/core/control/region-status';
import type { RegionState } from '@feedmill/proto/feedmill/v1/control_pb';
import { Gauge, type Registry } from 'prom-client';

const MS_PER_SECOND = 1_000;
const ROLES: readonly RegionRoleName[] = [
  'fenced',
  'primary',
  'handing over',
  'follower',
  'catching up',
];

/** What a worker is to a shard that lives in two regions. In one region there is none of it. */
export class RegionMetrics {
  readonly #registry: Registry;
  readonly #role: Gauge;
  readonly #alone: Gauge;
  readonly #isolated: Gauge;
  readonly #inSync: Gauge;
  readonly #position: Gauge;
  readonly #peerSilence: Gauge;
  readonly #witnessSilence: Gauge;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#role = this.#gauge(
      'feedmill_region_role',
      `1 for what the region is to the shard: ${ROLES.join(', ')}.`,
      ['region', 'role'],
    );
    this.#alone = this.#gauge(
      'feedmill_region_alone',
      '1 while a primary acknowledges although the other region does not hold the events.',
    );
    this.#isolated = this.#gauge(
      'feedmill_region_isolated',
      '1 while a primary reaches neither the other region nor the witness, and takes nothing.',
    );
    this.#inSync = this.#gauge(
      'feedmill_region_in_sync',
      '1 while the witness has it that the other region may take over.',
    );
    this.#position = this.#gauge(
      'feedmill_region_position',
      'Positions of the journal by stage: acknowledged; replicated: held by the follower.',
      ['region', 'stage'],
    );
    this.#peerSilence = this.#gauge(
      'feedmill_region_peer_silence_seconds',
      'Since the other region was heard last.',
    );
    this.#witnessSilence = this.#gauge(
      'feedmill_region_witness_silence_seconds',
      'Since the witness was heard last.',
    );
  }

  note(state: RegionState): void {
    const { name: region, role, peerSilentMs, witnessSilentMs, ...status } = regionStatusOf(state);
    for (const each of ROLES) this.#role.set({ region, role: each }, role === each ? 1 : 0);
    this.#alone.set({ region }, status.isAlone ? 1 : 0);
    this.#isolated.set({ region }, status.isIsolated ? 1 : 0);
    this.#inSync.set({ region }, status.inSync ? 1 : 0);
    this.#position.set({ region, stage: 'acknowledged' }, status.releasedPosition);
    const replicated = { region, stage: 'replicated' };
    // Only a primary knows.
    if (role === 'primary') this.#position.set(replicated, status.confirmedPosition);
    else this.#position.remove(replicated);
    if (peerSilentMs !== undefined) this.#peerSilence.set({ region }, peerSilentMs / MS_PER_SECOND);
    if (witnessSilentMs !== undefined) {
      this.#witnessSilence.set({ region }, witnessSilentMs / MS_PER_SECOND);
    }
  }

  #gauge(name: string, help: string, labelNames: string[] = ['region']): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
