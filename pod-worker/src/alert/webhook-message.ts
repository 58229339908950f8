import { createHmac } from 'node:crypto';
import { FeedmillError } from '@feedmill/core/errors';
import { SIGNAL_KINDS } from '@feedmill/core/signal/signal-rule';
import type { AlertRecord } from '@feedmill/store/queries/signals';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
const MS_PER_SECOND = 1000;

/** What is posted, by the Standard Webhooks specification 1.0.0. */
export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The key of a secret as people hand it over.
 *
 * @throws FeedmillError CONFIG_INVALID
 */
export function webhookKey(secret: string): Buffer {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const isSound = key.length >= SECRET_BYTES_MIN && key.length <= SECRET_BYTES_MAX;
  if (secret.startsWith(SECRET_PREFIX) && isSound) return key;
  const seen = secret === '' ? 'It is empty' : `It has ${key.length} bytes`;
  throw new FeedmillError(
    'CONFIG_INVALID',
    `--alert-webhook-secret signs alerts: ${SECRET_PREFIX} and ${SECRET_BYTES_MIN} to ` +
      `${SECRET_BYTES_MAX} bytes in base64. ${seen}. Make one: ` +
      `echo ${SECRET_PREFIX}$(head -c 32 /dev/urandom | base64 -w0).`,
  );
}

/** @param nowMs when it is sent: receivers refuse what is old, so that nobody can send it again */
export function webhookMessage(alert: AlertRecord, key: Buffer, nowMs: number): WebhookMessage {
  const body = JSON.stringify({
    type: 'feedmill.alert',
    timestamp: isoTime(alert.tsEvent),
    data: {
      alert_id: alert.alertId,
      rule: alert.rule,
      kind: SIGNAL_KINDS[alert.kind - 1] ?? String(alert.kind),
      instrument: alert.instrument ?? null,
      instrument_id: String(alert.instrumentId),
      producer: alert.producer,
      value: alert.value,
      threshold: alert.threshold,
      base: alert.base,
      window_ms: alert.windowMs,
      ts_event: String(alert.tsEvent),
      ts_init: String(alert.tsInit),
      shard: alert.shard,
      position: String(alert.position),
    },
  });
  const seconds = String(Math.floor(nowMs / MS_PER_SECOND));
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': alert.alertId,
      'webhook-timestamp': seconds,
      'webhook-signature': webhookSignature(key, alert.alertId, seconds, body),
    },
    body,
  };
}

/** @param seconds since 1970, as it is sent */
export function webhookSignature(key: Buffer, id: string, seconds: string, body: string): string {
  const signed = `${id}.${seconds}.${body}`;
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}

const isoTime = (nanos: bigint): string => new Date(Number(nanos / 1_000_000n)).toISOString();
