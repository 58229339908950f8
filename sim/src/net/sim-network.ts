import type { Chance } from '../kernel/chance.ts';
import type { Scheduler } from '../kernel/scheduler.ts';
import type { SimProcess } from '../kernel/sim-process.ts';
import { Flow, type Outlet } from './flow.ts';
import { Link, type LinkTraits } from './link.ts';
import { SimSocket, type SocketListener } from './sim-socket.ts';

/** Takes a new connection; the listener that it returns hears of everything on it. */
export type Accept = (socket: SimSocket, opening: unknown) => SocketListener | undefined;

interface Listening {
  readonly program: SimProcess;
  readonly keepAliveMs: number;
  readonly accept: Accept;
}

/** How often the silence of connections is looked at. */
const KEEP_ALIVE_LOOK_MS = 1_000;

/** The machines' network: links between any two of them, and what listens where. */
export class SimNetwork {
  readonly #scheduler: Scheduler;
  readonly #chance: Chance;
  readonly #traitsOf: (from: string, to: string) => LinkTraits;
  readonly #links = new Map<string, Link>();
  readonly #listening = new Map<string, Listening>();
  readonly #sockets = new Set<SimSocket>();

  constructor(
    scheduler: Scheduler,
    chance: Chance,
    traitsOf: (from: string, to: string) => LinkTraits,
  ) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#traitsOf = traitsOf;
    this.#lookForSilence();
  }

  /** The direction from one machine to another. */
  link(from: string, to: string): Link {
    const name = `${from}>${to}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link(name, this.#traitsOf(from, to), this.#chance.of(name));
      this.#links.set(name, link);
    }
    return link;
  }

  /** Connections come in at `address` (host:port) from now until the process ends. */
  listen(program: SimProcess, address: string, keepAliveMs: number, accept: Accept): () => void {
    const listening = { program, keepAliveMs, accept };
    this.#listening.set(address, listening);
    const stop = (): void => {
      if (this.#listening.get(address) === listening) this.#listening.delete(address);
    };
    program.onEnd(stop);
    return stop;
  }

  /** @param opening what `accept` gets to see first */
  connect(
    program: SimProcess,
    address: string,
    keepAliveMs: number,
    opening: unknown,
    listener: SocketListener,
  ): SimSocket {
    const early = new EarlyOutlet();
    const socket = new SimSocket(program, keepAliveMs, early);
    socket.listener = listener;
    const host = address.slice(0, address.indexOf(':'));
    const there = this.link(program.host.name, host);
    const back = this.link(host, program.host.name);
    const handshake = {
      isReading: true,
      take: () => {
        const listening = this.#listening.get(address);
        if (listening === undefined) {
          this.#scheduler.after(back.draw(), `net ${back.name} refused`, () =>
            socket.end('refused'),
          );
          return;
        }
        this.#accept(socket, listening, opening);
        for (const { message, bytes } of early.packets) socket.out.push(message, bytes);
      },
    };
    new Flow(this.#scheduler, there, handshake, () => undefined).push(undefined, 1);
    this.#sockets.add(socket);
    return socket;
  }

  /** Breaks every connection between two machines. */
  reset(one: string, other: string): void {
    for (const socket of this.#sockets) {
      const { peer } = socket;
      if (peer === undefined || socket.isOver) continue;
      if (socket.program.host.name !== one || peer.program.host.name !== other) continue;
      socket.end('reset');
      peer.end('reset');
    }
  }

  #accept(socket: SimSocket, { program, keepAliveMs, accept }: Listening, opening: unknown): void {
    const [from, to] = [socket.program.host.name, program.host.name];
    const down = this.#flow(() => peer, socket, this.link(to, from));
    const peer: SimSocket = new SimSocket(program, keepAliveMs, down);
    const up = this.#flow(() => socket, peer, this.link(from, to));
    socket.out = up;
    socket.into = down;
    socket.peer = peer;
    peer.into = up;
    peer.peer = socket;
    this.#sockets.add(peer);
    program.deliver('connection', () => {
      peer.listener = accept(peer, opening);
    });
  }

  #flow(from: () => SimSocket, to: SimSocket, link: Link): Flow {
    const target = {
      get isReading() {
        return to.isReading;
      },
      take: (message: unknown): void => {
        if (!to.isOver) {
          to.take(message);
          return;
        }
        // Nobody is there any more: the machine answers so.
        this.#scheduler.after(link.draw(), `net ${link.name} reset`, () => from().end('reset'));
      },
    };
    return new Flow(this.#scheduler, link, target, () => from().onTaken());
  }

  #lookForSilence(): void {
    this.#scheduler.after(KEEP_ALIVE_LOOK_MS, 'net keep-alive', () => {
      for (const socket of this.#sockets) {
        if (socket.isOver) this.#sockets.delete(socket);
        else if (this.#silentMs(socket) >= socket.keepAliveMs) socket.end('timeout');
      }
      this.#lookForSilence();
    });
  }

  /** How long a ping and its answer have not come through. */
  #silentMs({ program, peer }: SimSocket): number {
    if (peer === undefined) return 0;
    const [here, there] = [program.host.name, peer.program.host.name];
    const since = [
      this.link(here, there).cutSinceMs,
      this.link(there, here).cutSinceMs,
      peer.program.pausedSinceMs,
      peer.overSinceMs,
    ].filter((ms) => ms !== undefined);
    return since.length === 0 ? 0 : this.#scheduler.nowMs - Math.min(...since);
  }
}

/** Keeps what is sent before the connection stands. */
class EarlyOutlet implements Outlet {
  readonly packets: { readonly message: unknown; readonly bytes: number }[] = [];
  bytes = 0;

  push(message: unknown, bytes: number): void {
    this.packets.push({ message, bytes });
    this.bytes += bytes;
  }
}
