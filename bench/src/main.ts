import { Command } from 'commander';
import { benchDecode } from './decode.ts';
import { benchIngest } from './ingest.ts';
import { benchLatency } from './latency.ts';
import { benchLive } from './live.ts';
import { benchMirror } from './mirror.ts';
import { benchOperator } from './operator.ts';
import { benchQuery } from './query.ts';
import { benchQuote } from './quote.ts';
import {
  decodeText,
  ingestText,
  latencyText,
  liveText,
  mirrorText,
  operatorText,
  queryText,
  quoteText,
  sentimentText,
} from './report.ts';
import { benchSentiment } from './sentiment.ts';

const program = new Command('npm run bench --')
  .description('Measures Feedmill on this machine: producers, workers and an embedded Postgres.')
  .showHelpAfterError();

program
  .command('ingest')
  .description('events/s durable and committed, beside a bare COPY of the same rows')
  .option('--seconds <n>', 'how long to measure', Number, 60)
  .option('--warm-up <n>', 'seconds before the measurement', Number, 5)
  .option('--shards <n>', 'workers, one producer each', Number, 1)
  .option('--mix <kind>', 'trades, or mixed: trades, quotes and news', 'trades')
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchIngest({
      seconds: Number(options['seconds']),
      warmUpSeconds: Number(options['warmUp']),
      shards: Number(options['shards']),
      mix: options['mix'] === 'mixed' ? 'mixed' : 'trades',
    });
    print(options, result, ingestText(result));
  });

program
  .command('latency')
  .description('p50, p99 and p99.9 from send to durable ack and to committed row')
  .option('--rate <n>', 'events/s', Number, 20_000)
  .option('--seconds <n>', 'how long to measure', Number, 30)
  .option('--shards <n>', 'workers, one producer each', Number, 1)
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchLatency({
      ratePerSecond: Number(options['rate']),
      seconds: Number(options['seconds']),
      shards: Number(options['shards']),
    });
    print(options, result, latencyText(result));
  });

program
  .command('quote')
  .description('best bids and offers over venues: cost of an update, and round trips of Latest')
  .option('--rate <n>', 'events/s meanwhile', Number, 10_000)
  .option('--seconds <n>', 'how long to measure', Number, 15)
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchQuote({
      ratePerSecond: Number(options['rate']),
      seconds: Number(options['seconds']),
    });
    print(options, result, quoteText(result));
  });

program
  .command('query')
  .description('answers of the gateway over a loaded past, while events come')
  .option('--trades <n>', 'trades in the past, over five days', Number, 50_000_000)
  .option('--instruments <n>', 'instruments', Number, 500)
  .option('--days <n>', 'days of minute bars', Number, 252)
  .option('--questions <n>', 'questions a second', Number, 174)
  .option('--rate <n>', 'events/s meanwhile', Number, 20_000)
  .option('--seconds <n>', 'how long to ask', Number, 60)
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchQuery({
      trades: Number(options['trades']),
      instruments: Number(options['instruments']),
      days: Number(options['days']),
      questionsPerSecond: Number(options['questions']),
      eventsPerSecond: Number(options['rate']),
      seconds: Number(options['seconds']),
    });
    print(options, result, queryText(result));
  });

program
  .command('live')
  .description('how soon clients of the live stream have an event, and what many of them cost')
  .option('--rate <n>', 'events/s', Number, 2_000)
  .option('--seconds <n>', 'how long to measure', Number, 20)
  .option('--subscribers <n>', 'clients meanwhile, one instrument each', Number, 100)
  .option('--held <n>', 'clients that are held for their memory', Number, 1_000)
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchLive({
      ratePerSecond: Number(options['rate']),
      seconds: Number(options['seconds']),
      subscribers: Number(options['subscribers']),
      held: Number(options['held']),
    });
    print(options, result, liveText(result));
  });

program
  .command('mirror')
  .description('two regions and a witness: events/s committed in both, and how long an ack takes')
  .option('--seconds <n>', 'how long to measure, each time', Number, 20)
  .option('--shards <n>', 'workers in each region, one producer each', Number, 1)
  .option('--rate <n>', 'events/s while acks are timed', Number, 20_000)
  .option('--delays-ms <list>', 'delays of the link, each way, separated by commas', '0,20')
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchMirror({
      seconds: Number(options['seconds']),
      shards: Number(options['shards']),
      ratePerSecond: Number(options['rate']),
      delaysMs: String(options['delaysMs']).split(',').map(Number),
    });
    print(options, result, mirrorText(result));
  });

program
  .command('sentiment')
  .description('headlines/s through entities and sentiment on one core')
  .option('--seconds <n>', 'how long to measure', Number, 10)
  .option('--headlines <csv>', 'headlines in a column Title')
  .option('--model <model>', 'what a worker takes as --sentiment-model', 'builtin')
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const { headlines } = options;
    const result = await benchSentiment({
      seconds: Number(options['seconds']),
      headlines: typeof headlines === 'string' ? headlines : undefined,
      model: String(options['model']),
    });
    print(options, result, sentimentText(result));
  });

program
  .command('decode')
  .description('recorded messages/s decoded and normalised on one core, beside JSON.parse alone')
  .option('--seconds <n>', 'how long to measure each recording', Number, 5)
  .option('--only <name>', 'recordings whose name begins so, as binance')
  .option('--json', 'one JSON document')
  .action((options: Record<string, unknown>) => {
    const { only } = options;
    const result = benchDecode({
      seconds: Number(options['seconds']),
      only: typeof only === 'string' ? only : undefined,
    });
    print(options, result, decodeText(result));
  });

program
  .command('operator')
  .description('the operator with many producers: binding them, one reconcile, and being idle')
  .option('--producers <n>', 'in one StreamCluster', Number, 500)
  .option('--idle-seconds <n>', 'how long nothing changes', Number, 30)
  .option('--json', 'one JSON document')
  .action(async (options: Record<string, unknown>) => {
    const result = await benchOperator({
      producers: Number(options['producers']),
      idleSeconds: Number(options['idleSeconds']),
    });
    print(options, result, operatorText(result));
  });

await program.parseAsync(process.argv);

function print(options: Record<string, unknown>, result: object, text: string): void {
  console.log(options['json'] === true ? JSON.stringify(result, undefined, 2) : text);
}
