import type { EventKind, SubscribeResponse } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import { Problem } from '../problem.ts';
import { eventMessages } from './event-messages.ts';
import type { LiveClient } from './live-client.ts';
import type { LiveCursor } from './live-cursor.ts';
import type { ShardSource, ShardStream, ShardStreamEnd } from './shard-source.ts';
import type { SymbolDesk } from './symbol-desk.ts';

/**
 * Reads a shard's journal for one client, from where it stands up to where the log begins. The
 * journal is read as fast as the client takes it.
 */
export class CatchUp {
  readonly shard: number;
  readonly #symbols: SymbolDesk;
  readonly #stream: ShardStream;
  readonly #waiting: SubscribeResponse[] = [];
  #end: ShardStreamEnd | undefined;
  #wake: () => void = () => undefined;

  private constructor(
    shard: number,
    source: ShardSource,
    after: number,
    kinds: readonly EventKind[],
    symbols: SymbolDesk,
  ) {
    this.shard = shard;
    this.#symbols = symbols;
    this.#stream = source.events(after, kinds, {
      response: (response) => {
        this.#waiting.push(response);
        this.#stream.pause();
        this.#wake();
      },
      ended: (end) => {
        this.#end = end;
        this.#wake();
      },
    });
  }

  /**
   * Begins behind a position.
   *
   * @throws Problem gone where the journal no longer holds what comes next, unavailable where the
   *   worker does not answer
   */
  static async open(
    shard: number,
    source: ShardSource,
    after: number,
    kinds: readonly EventKind[],
    symbols: SymbolDesk,
  ): Promise<CatchUp> {
    const catchUp = new CatchUp(shard, source, after, kinds, symbols);
    if (!(await catchUp.#hasMore())) throw problemOf(shard, catchUp.#end);
    return catchUp;
  }

  close(): void {
    this.#stream.close();
  }

  /**
   * Sends the client what it has not seen, until `isThere` says that the log goes on from here.
   *
   * @returns where the client stands then
   * @throws Problem where the journal cannot be read to the end
   */
  async run(
    client: LiveClient,
    from: LiveCursor,
    isThere: (position: number) => boolean,
  ): Promise<LiveCursor> {
    let cursor = from;
    while (!client.isClosed && !isThere(cursor.place(this.shard).events)) {
      await client.writable();
      if (!(await this.#hasMore())) throw problemOf(this.shard, this.#end);
      const response = this.#waiting.shift() as SubscribeResponse;
      if (!this.#symbols.knows(response)) await this.#symbols.learn();
      cursor = this.#send(client, response, cursor);
      this.#stream.resume();
    }
    return cursor;
  }

  #send(client: LiveClient, response: SubscribeResponse, from: LiveCursor): LiveCursor {
    const position = Number(response.position);
    let cursor = from;
    const wanted = eventMessages(response, this.#symbols.names).filter(
      ({ topic, names, ordinal }) =>
        client.filter.wants(topic, names) && !from.hasSeen(this.shard, 'events', position, ordinal),
    );
    for (const message of wanted) {
      const isLast = message === wanted.at(-1);
      const place = isLast ? { events: position } : { events: position - 1, part: message.ordinal };
      cursor = cursor.advance(this.shard, place);
      client.sendAlone(message, cursor);
    }
    return cursor.advance(this.shard, { events: position });
  }

  async #hasMore(): Promise<boolean> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.length > 0;
  }
}

function problemOf(shard: number, end: ShardStreamEnd | undefined): Problem {
  switch (end?.kind) {
    case 'trimmed':
      return new Problem(
        'gone',
        `The journal of shard ${shard} no longer holds what comes behind the cursor. Begin ` +
          'without one, and read what lies between from /v1/trades and the like.',
      );
    case 'refused':
      return new Problem(
        'overloaded',
        `Shard ${shard} has as many readers as it may have; come again in a moment.`,
        { retryAfterSeconds: 1 },
      );
    default:
      return new Problem(
        'unavailable',
        `The worker of shard ${shard} does not answer, and the cursor lies in its journal; come ` +
          'again in a moment.',
        { retryAfterSeconds: 1 },
      );
  }
}
