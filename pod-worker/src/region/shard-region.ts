import { asEpoch, asPosition, type Epoch, type Position } from '@feedmill/core/brand';
import type { Timer } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import {
  type RegionNode,
  type RegionRole,
  readRegister,
  registerOf,
  startNode,
} from '@feedmill/core/region/region-role';
import {
  granted,
  holdsEverything,
  nextStep,
  type RegionFacts,
  releasable,
} from '@feedmill/core/region/region-steps';
import type { ChangeRequest, Register } from '@feedmill/core/region/register';
import { sameRegister } from '@feedmill/core/region/register';
import type { Refusal } from '../ingest/refusal.ts';
import type { WrittenEntry } from '../journal/group-commit.ts';
import type { ReplicaCall, ReplicaStream, WitnessChange } from './region-links.ts';
import { regionRefusals } from './region-refusals.ts';
import { ReplicaFeed } from './replica-feed.ts';
import { ReplicaPuller } from './replica-puller.ts';
import type { ShardRegionOptions } from './shard-region-options.ts';
import { WitnessLink } from './witness-link.ts';

/**
 * One region's part in a shard: drives its role, asks the witness, copies from or ships to the
 * other region, and decides how far entries may be acknowledged. What is decided is in core/region;
 * here are its clock, its disk and its network.
 */
export class ShardRegion {
  readonly #options: ShardRegionOptions;
  readonly #witness: WitnessLink;
  readonly #feed: ReplicaFeed;
  readonly #puller: ReplicaPuller;
  #node: RegionNode;
  /** Changes of the role are made one after another, each on the volume before it counts. */
  #changing: Promise<void> = Promise.resolve();
  #isChanging = false;
  #epochStart = asPosition(0);
  #copied = asPosition(0);
  #door: Refusal | undefined;
  #timer: Timer | undefined;
  #seenMs: number;
  /** Silence counts from here at the earliest: a role began, or the process stood still. */
  #listeningSinceMs: number;
  #primaryHeardMs = -Infinity;
  #waitingSinceMs: number | undefined;
  #beatMs = -Infinity;
  #askedMs = -Infinity;
  #handOverUntilMs: number | undefined;
  #handOvers: (() => void)[] = [];
  #isStopped = false;

  constructor(options: ShardRegionOptions) {
    this.#options = options;
    const { clock, settings, timers, limits, links, log, file, journal } = options;
    this.#node = startNode(settings, file.memory.register);
    this.#seenMs = clock.monotonicMs();
    this.#listeningSinceMs = this.#seenMs;
    this.#witness = new WitnessLink({
      clock,
      client: links.witness,
      heartbeatMs: timers.heartbeatMs,
      callTimeoutMs: limits.witnessCallMs,
      renewal: () => ({
        region: settings.me,
        known: file.memory.register,
        primaryEpoch: this.#isPrimary() ? this.epoch : 0,
      }),
      onRead: (register) => this.#change((node) => readRegister(node, register)),
      onAnswer: (request, answer) => this.#onAnswer(request, answer),
      log,
    });
    const { clusterId, shard, isCompressed, bytesPerSecondMax } = options;
    const pair = { clusterId, shard, me: settings.me, peer: settings.peer };
    this.#feed = new ReplicaFeed({
      ...pair,
      clock,
      journal,
      limits,
      bytesPerSecondMax,
      isCompressed,
      isOwn: (epoch) => file.memory.ownEpochs.includes(epoch),
      onConfirmed: () => {
        this.#advance();
        // Producers wait for a shard that is handed over: no tick is waited for then.
        if (this.#node.role.kind === 'handing-over') this.#step();
      },
      onOwnLoss: (epoch, held) => this.#resign(epoch, held),
      log,
    });
    this.#puller = new ReplicaPuller({
      ...pair,
      clock,
      journal,
      peer: links.peer,
      limits,
      isCompressed,
      heldEpoch: () => file.memory.heldEpoch,
      cutBack: (agreed, forcedEpoch) => this.#cutBack(agreed, forcedEpoch),
      onFollowing: (agreed) => {
        this.#copied = agreed;
        this.#advance();
      },
      onHeard: () => {
        this.#primaryHeardMs = clock.monotonicMs();
      },
      noteHeld: (heldEpoch) => file.update({ heldEpoch }),
      onHandedOver: (register) => this.#onHandedOver(register),
      log,
    });
  }

  get node(): RegionNode {
    return this.#node;
  }

  /** Epoch that this region is primary of, or follows; 0 while it is neither. */
  get epoch(): Epoch {
    const { role } = this.#node;
    return 'epoch' in role ? role.epoch : asEpoch(0);
  }

  get isFollowing(): boolean {
    return this.#puller.isFollowing;
  }

  get confirmed(): Position {
    return this.#feed.confirmed;
  }

  /** Whether the standby's volume still needs what it has not confirmed. */
  get isServing(): boolean {
    return this.#feed.isConnected;
  }

  /** Ms since the other region, and the witness, were heard. */
  get silence(): { readonly peerMs: number; readonly witnessMs: number } {
    const nowMs = this.#options.clock.monotonicMs();
    const heardMs = this.#isPrimary() ? this.#feed.heardMs : this.#primaryHeardMs;
    return { peerMs: nowMs - heardMs, witnessMs: nowMs - this.#witness.heardMs };
  }

  /** Whether a primary reaches neither its standby nor the witness, and has to stand still. */
  get isIsolated(): boolean {
    return this.#isPrimary() && !this.#mayAct();
  }

  /** Asks the witness, and goes on from what it says. */
  start(): void {
    const { clock, limits, host, settings } = this.#options;
    this.#door = regionRefusals.notPrimary(settings.me, '');
    host.setDoor(this.#door);
    this.#witness.start();
    const tick = (): void => {
      this.#tick();
      this.#timer = clock.schedule(limits.regionTickMs, tick);
    };
    tick();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#timer !== undefined) this.#options.clock.cancel(this.#timer);
    this.#witness.stop();
    this.#feed.end(regionRefusals.ceased(this.#options.settings.me));
    await this.#puller.stop();
    await this.#changing;
  }

  /** A follower's stream. */
  accept(call: ReplicaCall): ReplicaStream {
    return this.#feed.accept(call);
  }

  /** Entries are synced here. */
  onDurable(written: readonly WrittenEntry[]): void {
    const { gate, host } = this.#options;
    gate.push(written);
    const last = written.at(-1)?.entry.position;
    if (this.#isPrimary() && this.#epochStart !== 0) {
      this.#feed.onDurable(written);
    } else if (last !== undefined) {
      // Also what was synced after the stream ended, and before an epoch of its own begins.
      host.onCopied(written);
      if (this.#puller.isFollowing) {
        this.#copied = last;
        this.#puller.confirm();
      }
    }
    this.#advance();
  }

  /**
   * Hands the shard over to the other region, as planned.
   *
   * @throws FeedmillError WORKER_UNAVAILABLE where it did not come to that in time
   */
  async handOver(timeoutMs: number): Promise<Register> {
    const { clock, settings } = this.#options;
    const { peer } = settings;
    if (!this.#isPrimary()) throw notHandedOver(`this region is not primary of the shard`);
    if (registerOf(this.#node)?.inSync !== true) throw notHandedOver(`${peer} is not in sync`);
    this.#handOverUntilMs = clock.monotonicMs() + timeoutMs;
    this.#tick();
    while (this.#handOverUntilMs !== undefined && !this.#isStopped) {
      await new Promise<void>((resolve) => this.#handOvers.push(resolve));
    }
    const register = registerOf(this.#node);
    if (register?.primary === peer) return register;
    throw notHandedOver(`${peer} did not hold everything within ${timeoutMs} ms`);
  }

  /** Asks the witness to make this region primary, whatever it lacks. */
  demand(): void {
    const { me } = this.#options.settings;
    const register = registerOf(this.#node);
    if (register === undefined || register.primary === me) return;
    const epoch = asEpoch(Math.max(register.epoch, this.#facts().lastEpoch) + 1);
    const change = { kind: 'force', epoch } as const;
    void this.#ask({ region: me, decidedOn: register, change }, 'a person wants it');
  }

  #isPrimary(): boolean {
    const { kind } = this.#node.role;
    return kind === 'primary' || kind === 'handing-over';
  }

  #tick(): void {
    const { clock, timers } = this.#options;
    const nowMs = clock.monotonicMs();
    // Whoever stood still has heard nothing meanwhile, and may not take that for silence.
    if (nowMs - this.#seenMs > timers.heartbeatMs) this.#listeningSinceMs = nowMs;
    this.#seenMs = nowMs;
    if (nowMs - this.#beatMs >= timers.heartbeatMs) {
      this.#beatMs = nowMs;
      this.#beat();
    }
    if (this.#handOverUntilMs !== undefined && nowMs > this.#handOverUntilMs) this.#endHandOver();
    this.#advance();
    this.#step();
  }

  #beat(): void {
    const { gate } = this.#options;
    if (!this.#isPrimary()) return;
    const { role } = this.#node;
    const isMirrored = role.kind === 'primary' && role.gate === 'mirrored';
    const isHeld = isMirrored && holdsEverything(this.#facts());
    this.#feed.heartbeat(gate.released, isHeld);
  }

  #facts(): RegionFacts {
    const { journal, gate, file, clock, timers, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    const isPrimary = this.#isPrimary();
    const heardMs = isPrimary ? this.#feed.heardMs : this.#primaryHeardMs;
    const silentMs = nowMs - Math.max(heardMs, this.#listeningSinceMs);
    const waitedMs = nowMs - (this.#waitingSinceMs ?? nowMs);
    return {
      lastEpoch: journal.epochs.at(-1)?.epoch ?? asEpoch(0),
      heldEpoch: file.memory.heldEpoch,
      appended: journal.appendedPosition,
      durable: journal.durablePosition,
      copied: this.#copied,
      confirmed: this.#feed.confirmed,
      epochStart: this.#epochStart,
      released: gate.released,
      isPeerSilent:
        silentMs >= timers.suspectAfterMs || (isPrimary && waitedMs > limits.standbyWaitMs),
      isPeerClose: this.#feed.lagBytes <= limits.replicaCloseBytes,
      isPeerTold: this.#feed.toldEpoch === this.epoch,
      isHandOverWanted: this.#handOverUntilMs !== undefined,
    };
  }

  /** Whether somebody has confirmed lately that this region is what it takes itself for. */
  #mayAct(): boolean {
    const { clock, timers } = this.#options;
    const { role } = this.#node;
    const isAlone = role.kind === 'primary' && role.gate === 'alone';
    const heardMs = isAlone
      ? this.#witness.heardMs
      : Math.max(this.#witness.heardMs, this.#feed.heardMs);
    return clock.monotonicMs() - heardMs <= timers.takeoverAfterMs;
  }

  /** Lets through what may be acknowledged now, and opens or closes the door. */
  #advance(): void {
    if (this.#isStopped) return;
    const { gate, host, clock } = this.#options;
    const isHeld = this.#isPrimary() && !this.#mayAct();
    if (!isHeld) {
      const released = gate.release(releasable(this.#node, this.#facts()));
      if (released !== undefined) {
        this.#waitingSinceMs = undefined;
        host.release(released);
      }
    }
    if (gate.isWaiting) this.#waitingSinceMs ??= clock.monotonicMs();
    else this.#waitingSinceMs = undefined;
    this.#setDoor();
  }

  #setDoor(): void {
    const refusal = this.#doorRefusal();
    if (refusal?.details === this.#door?.details) return;
    this.#door = refusal;
    this.#options.host.setDoor(refusal);
  }

  #doorRefusal(): Refusal | undefined {
    const { me, peer, standbyLoss } = this.#options.settings;
    const { role } = this.#node;
    switch (role.kind) {
      case 'fenced':
      case 'follower':
        return regionRefusals.notPrimary(me, registerOf(this.#node)?.primary ?? '');
      case 'handing-over':
        return regionRefusals.handingOver(me, peer);
      case 'primary':
        // While its epoch begins there is no entry yet that producers could go on behind.
        if (this.#isChanging && this.#epochStart === 0) return this.#door;
        if (!this.#mayAct()) return regionRefusals.isolated(me, peer);
        if (standbyLoss === 'Stop' && this.#facts().isPeerSilent) {
          return regionRefusals.standbyLost(me, peer);
        }
        return undefined;
    }
  }

  /** Does what the protocol wants next. */
  #step(): void {
    if (this.#isChanging || this.#isStopped) return;
    const { clock, limits } = this.#options;
    const step = nextStep(this.#node, this.#facts());
    if (step === undefined) return;
    if (step.kind === 'turn') {
      const { role } = step;
      this.#change((node) => (node === this.#node ? { ...node, role } : node));
      return;
    }
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#askedMs < limits.witnessAskMs) return;
    this.#askedMs = nowMs;
    void this.#ask(step.request, step.why);
  }

  /** Whoever creates the register holds everything there is, though the answer may be lost. */
  async #ask(request: ChangeRequest, why: string): Promise<void> {
    const { file, fail } = this.#options;
    const { change } = request;
    try {
      if (change.kind === 'create' && file.memory.heldEpoch < change.epoch) {
        await file.update({ heldEpoch: change.epoch });
      }
      if (!this.#isStopped) this.#witness.ask(request, why);
    } catch (error) {
      fail(FeedmillError.from(error));
    }
  }

  #onAnswer(request: ChangeRequest, { isGranted, register }: WitnessChange): void {
    if (register === undefined) return;
    if (isGranted && request.change.kind === 'hand-over') this.#feed.passOn(register);
    this.#change((node) =>
      isGranted ? granted(node, request, register) : readRegister(node, register),
    );
  }

  #onHandedOver(register: Register): void {
    const { settings } = this.#options;
    const decidedOn = registerOf(this.#node);
    const change = { kind: 'hand-over', epoch: register.epoch } as const;
    this.#change((node) =>
      node.role.kind === 'follower'
        ? granted(node, { region: settings.peer, decidedOn, change }, register)
        : node,
    );
  }

  #change(transform: (node: RegionNode) => RegionNode): void {
    this.#changing = this.#changing
      .then(async () => {
        const next = this.#isStopped ? this.#node : transform(this.#node);
        if (next === this.#node) return;
        this.#isChanging = true;
        await this.#remember(next);
        await this.#become(next);
      })
      .catch((error: unknown) => this.#options.fail(FeedmillError.from(error)))
      .finally(() => {
        this.#isChanging = false;
        if (this.#isStopped) return;
        this.#advance();
        this.#step();
      });
  }

  /** What is acted on is on the volume first. */
  async #remember(next: RegionNode): Promise<void> {
    const { file } = this.#options;
    const register = registerOf(next);
    const { heldEpoch, ownEpochs } = file.memory;
    const begun = next.role.kind === 'primary' ? next.role.epoch : heldEpoch;
    const isNewEpoch = next.role.kind === 'primary' && !ownEpochs.includes(begun);
    const isSame = sameRegister(register, file.memory.register) && begun <= heldEpoch;
    if (isSame && !isNewEpoch) return;
    await file.update({
      register,
      heldEpoch: asEpoch(Math.max(heldEpoch, begun)),
      ownEpochs: isNewEpoch ? [...ownEpochs, begun] : ownEpochs,
    });
  }

  async #become(next: RegionNode): Promise<void> {
    const before = this.#node.role;
    const { role } = next;
    this.#node = next;
    if (role === before) return;
    this.#log(before, role);
    const { settings, clock, journal } = this.#options;
    const wasPrimary = before.kind === 'primary' || before.kind === 'handing-over';
    const isSameEpoch = wasPrimary && 'epoch' in role && role.epoch === before.epoch;
    if (isSameEpoch) return;
    this.#listeningSinceMs = clock.monotonicMs();
    this.#waitingSinceMs = undefined;
    if (wasPrimary) {
      this.#feed.end(regionRefusals.ceased(settings.me));
      this.#epochStart = asPosition(0);
      this.#endHandOver();
    }
    this.#setDoor();
    if (role.kind === 'follower') this.#puller.follow(role.epoch);
    else await this.#puller.stop();
    if (role.kind !== 'primary') return;
    await journal.drain();
    this.#begin(role.epoch);
  }

  #begin(epoch: Epoch): void {
    const { host } = this.#options;
    this.#epochStart = host.beginEpoch(epoch);
    const forcedEpoch = registerOf(this.#node)?.forcedEpoch ?? asEpoch(0);
    this.#feed.begin({ epoch, epochStart: this.#epochStart, forcedEpoch });
    // The witness is to hear at once that the new primary lives.
    void this.#witness.renew();
  }

  async #cutBack(agreed: Position, forcedEpoch: Epoch): Promise<void> {
    const { journal, gate, host, log } = this.#options;
    if (agreed >= journal.durablePosition) return;
    if (agreed < host.processedPosition) {
      throw new FeedmillError(
        'REGION_DIVERGED',
        `This region processed entries through position ${host.processedPosition}, and the other ` +
          `one has others from ${agreed + 1} on` +
          (forcedEpoch > 0 ? `; epoch ${forcedEpoch} was begun by force. ` : '. ') +
          'Set its rows aside and copy those of the other one: feedmill rebuild.',
      );
    }
    log.warn(
      { from: agreed + 1, to: journal.durablePosition },
      'Entries that nobody was promised are cut: the other region went on without them.',
    );
    await journal.cutAfter(agreed);
    gate.cutAfter(agreed);
    await host.onCut();
  }

  /** The follower shows that this region lost entries of its own: it must not be primary. */
  #resign(epoch: Epoch, held: Position): void {
    const { log, journal, file, settings } = this.#options;
    log.error(
      { epoch, held, durable: journal.durablePosition },
      'The other region holds entries that were written here and are gone: this one gives up.',
    );
    const why = `the journal lost entries of epoch ${epoch}`;
    this.#changing = this.#changing.then(() => file.update({ heldEpoch: asEpoch(0) }));
    this.#change((node) => ({ settings, register: node.register, role: { kind: 'fenced', why } }));
  }

  #endHandOver(): void {
    this.#handOverUntilMs = undefined;
    for (const resolve of this.#handOvers.splice(0)) resolve();
  }

  #log(before: RegionRole, role: RegionRole): void {
    const { epoch, why, ...rest } = { epoch: 0, gate: undefined, ...role };
    const fields = { from: before.kind, to: rest.kind, epoch, gate: rest.gate, why };
    this.#options.log.info(fields, `Region: ${before.kind} -> ${rest.kind}, since ${why}.`);
  }
}

const notHandedOver = (why: string): FeedmillError =>
  new FeedmillError('WORKER_UNAVAILABLE', `The shard is not handed over: ${why}.`);
