// Connectors of real servers are killed again and again: each fill of a FIX drop copy, and each
// trade of a polled list, is in Postgres once.

import { expect, test } from 'vitest';
import { Chance } from './harness/chance.ts';
import type { Connector } from './harness/connector.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { FixAcceptor } from './harness/fix-acceptor.ts';
import { Lab } from './harness/lab.ts';
import { withDatabase } from './harness/table-digest.ts';
import { VenueServer } from './harness/venue-server.ts';
import { pause, until } from './harness/waiting.ts';

const FILLS = 3_000;
const TRADES = 600;
const KILLS = 5;

const postgres = postgresOfFile();

test('what servers sent while their connectors were killed is stored once', async ({
  onTestFinished,
}) => {
  const chance = new Chance('source kills');
  const lab = await Lab.open('source_kills', postgres());
  const broker = await FixAcceptor.open();
  let listed = 0;
  const server = await VenueServer.open({
    play: async () => undefined,
    rest: () => ({ body: JSON.stringify(Array.from({ length: listed }, (_, at) => tradeOf(at))) }),
  });
  onTestFinished(async () => {
    await broker.close();
    await server.close();
  });
  const worker = lab.startWorker();
  const { grpcAddress: address } = await worker.ready();
  await worker.bind(1, ['fills', 'list'], address);
  const sources = {
    fills: `tcp:${broker.address}?format=fix&sender=DESK&target=BROKER&venue=XPAR`,
    list:
      `poll:list?url=http://127.0.0.1:${server.port}/&every=100ms&as=trade&items=$[*]` +
      '&symbol=AIR&id=@.id&price=@.p&size=@.q',
  };
  const start = (producer: keyof typeof sources): Connector =>
    lab.startConnector({ producer, source: sources[producer], address });
  const running = { fills: start('fills'), list: start('list') };

  let sent = 0;
  const sending = (async () => {
    while (sent < FILLS) {
      for (const end = sent + 20; sent < end; sent += 1) broker.send('8', fillOf(sent));
      listed = Math.min(TRADES, listed + 4);
      await pause(20);
    }
  })();
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (const producer of ['fills', 'list'] as const) {
      await until(`${producer} sends`, () => (running[producer].report?.durable ?? 0) > 3);
      await pause(chance.between(0, 200));
      running[producer].child.signal('SIGKILL');
      await running[producer].child.ended;
      running[producer] = start(producer);
    }
  }
  await sending;

  await withDatabase(lab.url, async (client) => {
    const counts = async (): Promise<number[]> => {
      const { rows } = await client.query<Record<string, string>>(COUNTS);
      return Object.values(rows[0] ?? {}).map(Number);
    };
    let seen: number[] = [];
    const ask = async (): Promise<boolean> => {
      seen = await counts();
      return (seen[0] ?? 0) >= FILLS && (seen[2] ?? 0) >= TRADES;
    };
    await until('all of them are stored', ask, { withinMs: 60_000, seen: () => seen });
    // Time for a copy to come, should one be on its way.
    await pause(500);
    expect(await counts()).toEqual([FILLS, FILLS, TRADES, TRADES]);
  });
});

const COUNTS = `
select (select count(*) from feedmill.order_event) as fills,
       (select count(distinct trade_id) from feedmill.order_event) as different_fills,
       (select count(*) from feedmill.trade) as trades,
       (select count(distinct trade_id) from feedmill.trade) as different_trades`;

const fillOf = (id: number): (readonly [number, string])[] => [
  [37, 'O1'],
  [17, `E${id}`],
  [150, 'F'],
  [39, '1'],
  [55, 'AIR'],
  [54, '1'],
  [31, '150.25'],
  [32, '1'],
  [60, '20250106-14:30:00.123'],
];

const tradeOf = (id: number): object => ({ id, p: '150.25', q: 1 });
