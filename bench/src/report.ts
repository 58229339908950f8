import type { DecodeResult } from './decode.ts';
import type { IngestResult } from './ingest.ts';
import type { LatencyResult, Percentiles } from './latency.ts';
import type { LiveResult } from './live.ts';
import type { MirrorResult } from './mirror.ts';
import type { OperatorResult } from './operator.ts';
import type { Usage } from './pipeline.ts';
import type { QueryResult } from './query.ts';
import type { QuoteResult } from './quote.ts';
import type { SentimentResult } from './sentiment.ts';

const rate = (value: number): string => Math.round(value).toLocaleString('en');
const ms = (value: number): string => value.toFixed(2).padStart(8);

export function ingestText(result: IngestResult): string {
  return [
    `committed   ${rate(result.committedPerSecond)} events/s over ${result.seconds.toFixed(1)} s`,
    `durable     ${rate(result.durablePerSecond)} events/s`,
    `raw COPY    ${rate(result.rawCopy.rowsPerSecond)} rows/s (${rate(result.rawCopy.rows)} of ` +
      `the same rows, ${rate(result.rawCopy.batchRows)} a batch, same table, same run)`,
    `ratio       ${result.ratio.toFixed(2)}`,
    ...usageLines(result.usage, new Map(result.cores.map(({ name, cores }) => [name, cores]))),
  ].join('\n');
}

const line = (name: string, { p50, p99, p999 }: Percentiles, unit = 'ms'): string =>
  `${name.padEnd(24)}p50 ${ms(p50)} ${unit}   p99 ${ms(p99)} ${unit}   p99.9 ${ms(p999)} ${unit}`;

export function latencyText(result: LatencyResult): string {
  return [
    `at ${rate(result.ratePerSecond)} events/s (reached ${rate(result.reachedPerSecond)})`,
    line('send to durable ack', result.durableMs),
    line('send to committed row', result.committedMs),
    line('bare COPY, same rate', result.bareCopyMs),
    ...usageLines(result.usage, new Map()),
  ].join('\n');
}

export function queryText(result: QueryResult): string {
  const { history, commitP99Ms, committedPerSecond } = result;
  return [
    `past                    ${rate(history.trades)} trades, ${rate(history.bars)} minute bars ` +
      `of ${rate(history.instruments)} instruments and ${rate(history.days)} days, ` +
      `${rate(history.databaseMiB)} MiB, loaded in ${history.loadSeconds.toFixed(0)} s`,
    `questions               ${rate(result.questionsPerSecond)}/s (reached ` +
      `${rate(result.reachedPerSecond)}/s), ${rate(result.failures)} failed`,
    ...result.questions.map(
      ({ name, count, p50, p95, p99 }) =>
        `${name.padEnd(24)}p50 ${ms(p50)} ms   p95 ${ms(p95)} ms   p99 ${ms(p99)} ms   ` +
        `${rate(count)} times`,
    ),
    `all of it, all summed   ${result.summaryMs.map((each) => `${rate(each)} ms`).join(', ')}`,
    `commit p99              ${commitP99Ms.alone.toFixed(1)} ms alone, ` +
      `${commitP99Ms.asked.toFixed(1)} ms while asked (ratio ` +
      `${(commitP99Ms.asked / commitP99Ms.alone).toFixed(2)})`,
    `committed               ${rate(committedPerSecond.alone)} events/s alone, ` +
      `${rate(committedPerSecond.asked)} while asked`,
    `gateway                 ${rate(result.gatewayPeakMiB)} MiB at most`,
  ].join('\n');
}

export function quoteText(result: QuoteResult): string {
  return [
    `aggregation             ${rate(result.updatesPerSecond)} quotes/s on one core, ` +
      `${rate(result.pairs)} pairs on ${result.venues} venues, ` +
      `${(100 * result.changed).toFixed(0)} % change the best`,
    line('of one quote', result.updateUs, 'µs'),
    `at ${rate(result.ratePerSecond)} events/s, ${rate(result.calls)} calls`,
    line('Latest, round trip', result.latestMs),
    line('a call for nothing', result.emptyMs),
    line('age of what it tells', result.ageMs),
    line('best at a follower', result.followedMs),
  ].join('\n');
}

export function liveText(result: LiveResult): string {
  return [
    `at ${rate(result.ratePerSecond)} events/s, ${rate(result.subscribers)} clients, ` +
      `${rate(result.messagesPerSecond)} messages/s, ${result.conflated} conflations`,
    line('feed to client', result.sinceFeedMs),
    line('worker to client', result.sinceWorkerMs),
    `gateway alone           ${result.aloneMiB.toFixed(0)} MiB`,
    `with ${rate(result.held)} clients      ${result.heldMiB.toFixed(0)} MiB`,
  ].join('\n');
}

export function mirrorText({ throughput, latencies, ratePerSecond }: MirrorResult): string {
  const { committedPerSecond, seconds, cores, areEqual } = throughput;
  const { east, west } = committedPerSecond;
  const rows = (equal: boolean): string => (equal ? 'the same rows in both' : 'ROWS DIFFER');
  return [
    `committed in both       ${rate(Math.min(east, west))} events/s over ${seconds.toFixed(1)} s ` +
      `(east ${rate(east)}, west ${rate(west)}), ${rows(areEqual)}`,
    ...cores.map((each) => `${each.name.padEnd(24)}${each.cores.toFixed(2)} cores`),
    ...latencies.flatMap((each) => [
      `at ${rate(ratePerSecond)} events/s (reached ${rate(each.reachedPerSecond)}), ` +
        `${each.delayMs} ms each way between the regions, ${rows(each.areEqual)}`,
      line('send to durable in both', each.durableMs),
      line('send to committed row', each.committedMs),
    ]),
  ].join('\n');
}

export function operatorText(result: OperatorResult): string {
  return [
    `${rate(result.producers)} producers bound and streaming after ${ms(result.boundMs)} ms`,
    `one reconcile of a producer, mean of ${rate(result.reconciles)}  ` +
      `${ms(result.reconcileMeanMs)} ms`,
    `a changed producer seen after ${ms(result.changedMs)} ms`,
    `idle for ${result.idleSeconds} s: ${result.idleRequests} requests, ` +
      `${(100 * result.idleCores).toFixed(2)} % of a core (with the API server of the bench)`,
  ].join('\n');
}

export function sentimentText(result: SentimentResult): string {
  return [
    `${result.model}, one core, ${rate(result.headlines)} headlines (${result.origin})`,
    `entities and sentiment  ${rate(result.readPerSecond)} headlines/s, ` +
      `${result.entitiesPerHeadline.toFixed(2)} entities each`,
    `sentiment of the whole  ${rate(result.wholePerSecond)} headlines/s`,
  ].join('\n');
}

export function decodeText({ rows }: DecodeResult): string {
  const heads = ['recording', 'messages', 'bytes', 'events', 'messages/s', 'JSON.parse/s', 'share'];
  const body = rows.map((row) => [
    row.name,
    rate(row.messages),
    rate(row.bytesPerMessage),
    row.eventsPerMessage.toFixed(2),
    rate(row.perSecond),
    rate(row.parsePerSecond),
    (row.perSecond / row.parsePerSecond).toFixed(2),
  ]);
  const widths = heads.map((head, at) =>
    Math.max(head.length, ...body.map((cells) => cells[at]?.length ?? 0)),
  );
  return [heads, ...body]
    .map((cells) =>
      cells
        .map((text, at) =>
          at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

function usageLines(usage: readonly Usage[], cores: ReadonlyMap<string, number>): string[] {
  return usage.map(({ name, peakMiB }) => {
    const used = cores.get(name);
    const share = used === undefined ? '' : `   ${used.toFixed(2)} cores`;
    return `${name.padEnd(20)}peak ${peakMiB.toFixed(0).padStart(5)} MiB${share}`;
  });
}
