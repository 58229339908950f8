import { hash } from 'node:crypto';
import { epochNanos } from '@feedmill/core/epoch-time';
import type { Signal } from '@feedmill/core/signal/signal';
import { SIGNAL_KINDS } from '@feedmill/core/signal/signal-rule';
import { AlertState } from '@feedmill/proto/feedmill/v1/subscribe_pb';
import type { EventContext } from './event-context.ts';

const NANOS_PER_MS = 1_000_000n;
const ALERT_ID_DIGITS = 32;

/**
 * A signal as a row, made by the event that the context stands on.
 *
 * @param sendsAlerts whether somebody is told, or alerts are only kept
 */
export function emitSignal(
  context: EventContext,
  producerId: bigint,
  signal: Signal,
  sendsAlerts: boolean,
): void {
  const { rows, seconds, nanos, tsInit } = context;
  const { rule, instrumentId, value, base, isAlert } = signal;
  const { position, rowIndex } = rows.nextSignal();
  // A measure is of the end of its step, which lies before the event that has shown it.
  const isMeasure = rule.kind === 'return' || rule.kind === 'volatility';
  const tsEvent = isMeasure
    ? BigInt(Math.round(signal.tsMs)) * NANOS_PER_MS
    : epochNanos(seconds, nanos);
  // All of it is the same in every region, restart and replay.
  const place = [rule.name, instrumentId, producerId, tsInit, position, rowIndex].join(' ');
  rows.signals.push({
    instrumentId,
    producerId,
    rule: rule.name,
    kind: SIGNAL_KINDS.indexOf(rule.kind) + 1,
    value,
    base,
    threshold: rule.threshold,
    windowMs: rule.windowMs,
    tsEvent,
    tsInit,
    position,
    rowIndex,
    alert: isAlert
      ? {
          id: hash('sha256', place, 'hex').slice(0, ALERT_ID_DIGITS),
          state: sendsAlerts ? AlertState.PENDING : AlertState.KEPT,
        }
      : undefined,
  });
}
