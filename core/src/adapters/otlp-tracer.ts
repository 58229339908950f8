import type { Span, SpanContext } from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace';
import { type Clock, sleep } from '../clock.ts';
import { FeedmillError } from '../errors.ts';
import { TRACES_CLOSE_MS } from '../limits.ts';
import type { Tracer, TraceSpan } from '../tracer.ts';

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MS = 1_000_000;
const TRACEPARENT = /^00-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})$/;
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** A tracer that sends what it is told by OTLP over HTTP, in the background. */
export interface OtlpTracer extends Tracer {
  /** Sends what has gathered, for at most TRACES_CLOSE_MS. Never rejects. */
  close(): Promise<void>;
}

export interface OtlpTracerOptions {
  /** The `OTEL_…` variables; the exporter reads those about its own work itself. */
  readonly env: Environment;
  /** What the process is called where OTEL_SERVICE_NAME does not say. */
  readonly serviceName: string;
  readonly clock: Clock;
  /** Takes one sentence for the log, when spans cannot be sent. */
  readonly warn: (sentence: string) => void;
}

/**
 * Opens the tracer that the environment asks for. The SDK is loaded only then.
 *
 * @returns undefined where no endpoint is set, or tracing is switched off
 * @throws FeedmillError CONFIG_INVALID naming the variable that is not allowed
 */
export async function openOtlpTracer(options: OtlpTracerOptions): Promise<OtlpTracer | undefined> {
  const { env, serviceName, clock, warn } = options;
  if (!isOn(env)) return undefined;
  checkProtocol(env);
  const [api, sdk, { OTLPTraceExporter }, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const sampler = samplerOf(env, sdk);
  let isTold = false;
  const tell = (message: string): void => {
    if (!isTold) warn(`Traces cannot be sent: ${message.slice(0, 300)}; later ones are not named.`);
    isTold = true;
  };
  const silent = (): void => undefined;
  const logger = { error: tell, warn: tell, info: silent, debug: silent, verbose: silent };
  api.diag.setLogger(logger, api.DiagLogLevel.WARN);
  const named = resources.resourceFromAttributes({ 'service.name': serviceName });
  const given = resources.detectResources({ detectors: [resources.envDetector] });
  const provider = new sdk.TracerProvider({
    sampler,
    resource: resources.defaultResource().merge(named).merge(given),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('feedmill');
  const timeOf = (monotonicMs: number): [number, number] => {
    const ago = Math.round((clock.monotonicMs() - monotonicMs) * NANOS_PER_MS);
    const nanos = clock.wallNanos() - BigInt(ago);
    return [Number(nanos / NANOS_PER_SECOND), Number(nanos % NANOS_PER_SECOND)];
  };
  return {
    start(name, atMs, attributes, parent) {
      let context = api.ROOT_CONTEXT;
      if (parent !== undefined) {
        const parentContext = readTraceparent(parent);
        if (parentContext === undefined) return undefined;
        context = api.trace.setSpanContext(context, parentContext);
      }
      const span = tracer.startSpan(name, { startTime: timeOf(atMs), attributes }, context);
      return span.isRecording() ? spanOf(span, timeOf) : undefined;
    },
    async close() {
      const sent = provider.shutdown().catch((error: unknown) => {
        tell(FeedmillError.from(error).message);
      });
      await Promise.race([sent, sleep(clock, TRACES_CLOSE_MS)]);
    },
  };
}

function spanOf(span: Span, timeOf: (monotonicMs: number) => [number, number]): TraceSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-01`,
    end: (atMs) => span.end(timeOf(atMs)),
  };
}

function readTraceparent(text: string): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function isOn(env: Environment): boolean {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if ((endpoint ?? '').trim() === '') return false;
  return (
    env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none'
  );
}

function checkProtocol(env: Environment): void {
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL']) {
    if (env[name] !== 'grpc') continue;
    throw new FeedmillError(
      'CONFIG_INVALID',
      `${name} is 'grpc'; traces are sent by HTTP: leave it out, and give the endpoint of OTLP ` +
        'over HTTP, which collectors have on port 4318.',
    );
  }
}

/** The SDK leaves OTEL_TRACES_SAMPLER to us (opentelemetry.io/docs/specs/otel/configuration). */
function samplerOf(env: Environment, sdk: typeof Sdk): Sdk.Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  if (!SAMPLERS.includes(name)) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `OTEL_TRACES_SAMPLER is '${name}'; it must be one of ${SAMPLERS.join(', ')}.`,
    );
  }
  const root = name.replace('parentbased_', '');
  let sampler: Sdk.Sampler = new sdk.AlwaysOnSampler();
  if (root === 'always_off') sampler = new sdk.AlwaysOffSampler();
  if (root === 'traceidratio') {
    const text = env['OTEL_TRACES_SAMPLER_ARG'] || '1';
    const ratio = Number(text);
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new FeedmillError(
        'CONFIG_INVALID',
        `OTEL_TRACES_SAMPLER_ARG is '${text}'; it must be a share of batches from 0 to 1.`,
      );
    }
    sampler = new sdk.TraceIdRatioBasedSampler(ratio);
  }
  return root === name ? sampler : new sdk.ParentBasedSampler({ root: sampler });
}
