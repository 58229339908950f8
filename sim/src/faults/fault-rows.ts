import type { FaultKind } from '../cluster/fault-plan.ts';

/** A test with real processes. */
export interface ProcessTest {
  /** Below e2e/. */
  readonly file: string;
  /** A part of its name that no other test of the file has. */
  readonly name: string;
}

/** One row of the fault matrix, and how it is tried. */
export interface FaultRow {
  readonly row: number;
  readonly fault: string;
  readonly simulated: readonly FaultKind[];
  readonly processes: readonly ProcessTest[];
  /** What tries it otherwise, or why nothing does. */
  readonly beside?: string;
}

const of =
  (file: string) =>
  (name: string): ProcessTest => ({ file: `${file}.e2e.ts`, name });
const kills = of('kills')('kills over running feeds lose, double and reorder nothing');
const [zombie, journal, streams, events, full, cli, tls] = [
  of('zombie'),
  of('journal'),
  of('bad-streams'),
  of('bad-events'),
  of('long/disk-full'),
  of('cli'),
  of('worker-tls'),
];
const away = of('long/postgres-away')('events are acknowledged on while Postgres is away');
const lateCommit = zombie('a commit of the old epoch that arrives late');
const cluster = 'kind/ has clusters for it; no drill of its own yet';
const regions = '`npm run model` checks the protocol; `npm run e2e:drills` has processes';

/** Everything that the product is to survive, in the order of its design. */
export const FAULT_ROWS: readonly FaultRow[] = [
  {
    row: 1,
    fault: 'worker killed at every step',
    simulated: ['kill worker', 'power cut of worker'],
    processes: [kills, cli('brings back a worker, a source and Postgres')],
  },
  {
    row: 2,
    fault: 'producer killed, with and without its buffer',
    simulated: ['kill producer', 'power cut of producer'],
    processes: [kills],
  },
  {
    row: 3,
    fault: 'Postgres killed amid a commit',
    simulated: ['crash Postgres', 'lose commit reply'],
    processes: [kills],
  },
  {
    row: 4,
    fault: 'Postgres away or failing over under load',
    simulated: ['crash Postgres', 'pause Postgres', 'end session'],
    processes: [away],
  },
  {
    row: 5,
    fault: 'operator or supervisor killed',
    simulated: ['kill supervisor', 'rebind'],
    processes: [cli('goes on after kill -9 of the supervisor')],
  },
  { row: 6, fault: 'API server unreachable', simulated: [], processes: [], beside: cluster },
  {
    row: 7,
    fault: 'disk full',
    simulated: ['full disk'],
    processes: [
      full('a journal that reaches its budget refuses producers'),
      full('a volume without room refuses producers'),
    ],
  },
  {
    row: 8,
    fault: 'torn end of the journal',
    simulated: ['kill worker', 'power cut of worker'],
    processes: [journal('a torn tail that nobody was promised is cut')],
    beside: 'at every byte in journal.test.ts',
  },
  {
    row: 9,
    fault: 'writes lost that were not synced',
    simulated: ['power cut of worker', 'power cut of producer'],
    processes: [],
    beside: 'needs the machine, so simulated alone',
  },
  {
    row: 10,
    fault: 'bit flipped in journal or checkpoint',
    simulated: ['bit rot', 'lost checkpoint'],
    processes: [
      journal('a flipped bit in an acknowledged entry is found'),
      journal('a damaged checkpoint is rebuilt'),
    ],
  },
  {
    row: 11,
    fault: 'write that lands elsewhere',
    simulated: ['misdirected write'],
    processes: [],
    beside: 'needs the disk, so simulated alone',
  },
  {
    row: 12,
    fault: 'sync that fails',
    simulated: ['sync error'],
    processes: [],
    beside: 'needs the disk, so simulated, and in journal.test.ts',
  },
  {
    row: 13,
    fault: 'slow disk, slow Postgres',
    simulated: ['slow disk', 'slow Postgres'],
    processes: [],
    beside: 'simulated alone',
  },
  {
    row: 14,
    fault: 'clocks that jump, and run at different rates',
    simulated: ['clock jump'],
    processes: [],
    beside: 'simulated alone; rates differ in a third of the seeds',
  },
  {
    row: 15,
    fault: 'regions cut off',
    simulated: ['cut off region', 'cut sites'],
    processes: [],
    beside: regions,
  },
  {
    row: 16,
    fault: 'cut in one direction',
    simulated: ['one-way partition', 'partition', 'isolate machine', 'one-way cut of sites'],
    processes: [],
    beside: 'simulated alone',
  },
  {
    row: 17,
    fault: 'loss, delay, reset connections',
    simulated: ['slow network', 'reset connections'],
    processes: [kills],
    beside: 'connections are cut by proxies between the processes',
  },
  {
    row: 18,
    fault: 'links stopped and healed one by one',
    simulated: ['swizzle clog'],
    processes: [],
    beside: 'simulated alone',
  },
  {
    row: 19,
    fault: 'worker stopped and continued while another has its shard',
    simulated: ['zombie worker', 'pause worker'],
    processes: [
      zombie('a worker that was stopped amid a COPY commits nothing'),
      lateCommit,
      zombie('what only the stopped worker takes after it came back'),
      zombie('a worker that was stopped leaves the journal alone'),
    ],
  },
  {
    row: 20,
    fault: 'two producers of one name',
    simulated: ['copied producer'],
    processes: [
      streams('a newer incarnation ends the stream of the older'),
      streams('a program whose Hello was held up is told to come again'),
    ],
  },
  {
    row: 21,
    fault: 'acknowledgement lost, events sent again',
    simulated: ['reset connections', 'kill producer'],
    processes: [streams('what is repeated is acknowledged and stored once'), kills],
  },
  {
    row: 22,
    fault: 'gap in a sequence',
    simulated: [],
    processes: [streams('a gap in the sequence is told, taken nothing of')],
  },
  {
    row: 23,
    fault: 'event that cannot be read',
    simulated: [],
    processes: [
      events('each bad event becomes a dead letter with its reason'),
      events('a start after all this replays it to the same rows'),
    ],
    beside: 'every simulated feed has some',
  },
  {
    row: 24,
    fault: 'row that Postgres refuses',
    simulated: [],
    processes: [events('a row that Postgres itself refuses is a dead letter')],
  },
  {
    row: 25,
    fault: 'oversized and malformed messages',
    simulated: [],
    processes: [
      streams('a batch above the limit is RESOURCE_EXHAUSTED'),
      streams('bytes that are no batch, or no request at all'),
      events('damaged bytes are refused, or taken as what they say'),
    ],
    beside: '`npm run fuzz`',
  },
  {
    row: 26,
    fault: 'streams that say nothing',
    simulated: [],
    processes: [streams('a stream that never says Hello is ended')],
  },
  {
    row: 27,
    fault: 'slow reader of acknowledgements',
    simulated: [],
    processes: [streams('a slow reader of acks holds nobody up')],
  },
  {
    row: 28,
    fault: 'certificates that expire or rotate',
    simulated: [],
    processes: [
      tls('a renewed certificate is shown to new connections, and open streams go on'),
      tls('a certificate that has ended lets nobody in until it is renewed'),
    ],
  },
  {
    row: 29,
    fault: 'wrong credentials',
    simulated: [],
    processes: [
      streams('a wrong token is PERMISSION_DENIED'),
      tls('a connector sends nothing to a worker it cannot prove, and goes on when it can'),
    ],
  },
  {
    row: 30,
    fault: 'checkpoint missing, damaged or of another time',
    simulated: ['lost checkpoint', 'old snapshot'],
    processes: [
      journal('a missing checkpoint is rebuilt from Postgres'),
      journal('without any checkpoint everything is rebuilt'),
    ],
  },
  { row: 31, fault: 'versions mixed', simulated: [], processes: [], beside: cluster },
  {
    row: 32,
    fault: 'out of memory, process that stands still',
    simulated: ['pause worker', 'pause producer', 'kill worker'],
    processes: [zombie('what only the stopped worker takes after it came back')],
  },
  {
    row: 33,
    fault: 'volume lost, swapped or of an older time',
    simulated: ['lost volume', 'swapped volumes', 'old snapshot'],
    processes: [journal('a lost volume is refused, and accepted where the loss is')],
  },
  {
    row: 34,
    fault: 'follower lags or is gone',
    simulated: ['lose region', 'cut off region', 'pause witness'],
    processes: [],
    beside: regions,
  },
  {
    row: 35,
    fault: 'no connections left, transaction refused or broken off',
    simulated: ['no connections left', 'trouble in Postgres', 'end session'],
    processes: [],
    beside: 'simulated, and in lost-connection.pg.test.ts',
  },
];
