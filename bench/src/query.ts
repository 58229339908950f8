import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { join } from 'node:path';
import { makeApiKey } from '@feedmill/gateway/access/api-key';
import { insertApiKey } from '@feedmill/store/queries/api-keys';
import { Child } from './child.ts';
import { Pipeline } from './pipeline.ts';
import { type History, loadHistory } from './query/history.ts';
import { QUESTION_KINDS, questionOf } from './query/questions.ts';
import { SinkWatch } from './query/sink-watch.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;
const WARM_UP_QUESTIONS = 400;
const SUMMARY_RUNS = 3;
const RATE_WITHOUT_LIMIT = 1_000_000;

export interface QueryOptions {
  readonly trades: number;
  readonly instruments: number;
  readonly days: number;
  readonly questionsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

export interface QuestionResult {
  readonly name: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface QueryResult {
  readonly history: History;
  readonly questionsPerSecond: number;
  readonly reachedPerSecond: number;
  readonly failures: number;
  /** ms, from sending to the last byte. */
  readonly questions: readonly QuestionResult[];
  /** The aggregate of everything over all instruments, ms; each run. */
  readonly summaryMs: readonly number[];
  /** p99 of a commit of the sink, ms: without questions, and with them. */
  readonly commitP99Ms: { readonly alone: number; readonly asked: number };
  readonly committedPerSecond: { readonly alone: number; readonly asked: number };
  readonly gatewayPeakMiB: number;
}

/** How fast the gateway answers while events come, and what that does to these. */
export async function benchQuery(options: QueryOptions): Promise<QueryResult> {
  const { questionsPerSecond, eventsPerSecond, seconds } = options;
  const loading = Promise.withResolvers<History>();
  const pipeline = await Pipeline.start({
    sources: [`simulated:load?rate=${eventsPerSecond}`],
    shards: 1,
    prepare: async (url) => {
      loading.resolve(await loadHistory(url, options, startOfMonth()));
    },
  });
  let gateway: Child | undefined;
  try {
    const history = await loading.promise;
    const started = await startGateway(pipeline);
    gateway = started.child;
    const ask = (target: string): Promise<number> => started.ask(target);
    const questions = new Map(QUESTION_KINDS.map(({ name }) => [name, [] as number[]]));
    for (let number = 1; number <= WARM_UP_QUESTIONS; number += 1) {
      // Cold, and so perhaps refused: it is not measured.
      await ask(questionOf(history, number).target).catch(() => undefined);
    }
    const sink = new SinkWatch(String(pipeline.workers[0]?.lastMessage?.['httpAddress']));
    const alone = await sink.during(async () => await pauseMs(seconds * 500));
    let failures = 0;
    let reachedPerSecond = 0;
    const asked = await sink.during(async () => {
      const startedMs = performance.now();
      const answers: Promise<void>[] = [];
      const count = questionsPerSecond * seconds;
      for (let number = 1; number <= count; number += 1) {
        await pauseUntil(startedMs + (number * 1000) / questionsPerSecond);
        const { kind, target } = questionOf(history, number);
        answers.push(
          ask(target).then(
            (tookMs) => void questions.get(kind.name)?.push(tookMs),
            () => {
              failures += 1;
            },
          ),
        );
      }
      await Promise.all(answers);
      reachedPerSecond = count / ((performance.now() - startedMs) / 1000);
    });
    const summaryMs: number[] = [];
    for (let run = 0; run < SUMMARY_RUNS; run += 1) {
      const to = history.lastDay + NANOS_PER_DAY;
      summaryMs.push(await ask(`/v1/bars/summary?from=${history.firstBarDay}&to=${to}`));
    }
    return {
      history,
      questionsPerSecond,
      reachedPerSecond,
      failures,
      questions: [...questions].map(([name, tookMs]) => resultOf(name, tookMs)),
      summaryMs,
      commitP99Ms: { alone: alone.commitP99Ms, asked: asked.commitP99Ms },
      committedPerSecond: { alone: alone.eventsPerSecond, asked: asked.eventsPerSecond },
      gatewayPeakMiB: (await gateway.peakBytes()) / 2 ** 20,
    };
  } finally {
    await gateway?.stop();
    await pipeline.drain();
    await pipeline.close();
  }
}

interface StartedGateway {
  readonly child: Child;
  /** Asks and takes all of the answer; how long that took, ms. */
  ask(target: string): Promise<number>;
}

async function startGateway(pipeline: Pipeline): Promise<StartedGateway> {
  const rate = { requestsPerSecond: RATE_WITHOUT_LIMIT, burst: RATE_WITHOUT_LIMIT };
  const wanted = { name: 'bench', scopes: ['read'] as const, expiresAt: undefined, ...rate };
  const { key, record } = await makeApiKey(wanted, randomBytes);
  await insertApiKey(pipeline.client, record);
  const child = new Child(
    'gateway',
    '@feedmill/gateway/main',
    [
      `--postgres=${pipeline.postgres.url}`,
      '--listen=127.0.0.1:0',
      `--workers=${pipeline.addresses.join(',')}`,
      `--audit-file=${join(pipeline.dir, 'audit.log')}`,
    ],
    join(pipeline.dir, 'gateway.log'),
  );
  const address = String((await child.message('ready'))['address']);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  const headers = { authorization: `Bearer ${key}` };
  return {
    child,
    ask: (target) =>
      new Promise((resolve, reject) => {
        const startedMs = performance.now();
        const request = http.get(`http://${address}${target}`, { agent, headers }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.once('end', () => {
            if (response.statusCode === 200) resolve(performance.now() - startedMs);
            else reject(new Error(`${target}: ${Buffer.concat(parts).toString()}`));
          });
        });
        request.once('error', reject);
      }),
  };
}

function resultOf(name: string, tookMs: readonly number[]): QuestionResult {
  const sorted = Float64Array.from(tookMs).sort();
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { name, count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** The worker makes the partitions of this month, and the past all before. */
function startOfMonth(): bigint {
  const now = new Date();
  return BigInt(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())) * 1_000_000n;
}

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function pauseUntil(ms: number): Promise<void> {
  const left = ms - performance.now();
  if (left > 0) await pauseMs(left);
}
