import type { AlertRecord } from '@feedmill/store/queries/signals';
import { expect, it } from 'vitest';
import { webhookKey, webhookMessage, webhookSignature } from './webhook-message.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const ALERT: AlertRecord = {
  alertId: '0123456789abcdef0123456789abcdef',
  instrument: 'AAPL.XNAS',
  instrumentId: 2n ** 62n,
  producer: 'market',
  producerId: 3n,
  rule: 'fast',
  kind: 5,
  value: -0.05,
  base: 1e11,
  threshold: 0.04,
  windowMs: 60_000,
  tsEvent: 1_723_075_200_123_000_000n,
  tsInit: 1_723_075_200_125_000_000n,
  shard: 1,
  position: 12,
  rowIndex: 0,
  state: 1,
  attempts: 0,
  tsSettled: 0n,
  lastError: undefined,
};

it('is signed as the specification of Standard Webhooks shows it', () => {
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  expect(webhookSignature(webhookKey(SECRET), id, '1614265330', '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

it('says what was found, with 64-bit numbers as texts', () => {
  const { headers, body } = webhookMessage(ALERT, webhookKey(SECRET), 1_723_075_201_999);
  expect(headers).toMatchObject({
    'webhook-id': ALERT.alertId,
    'webhook-timestamp': '1723075201',
    'webhook-signature': webhookSignature(webhookKey(SECRET), ALERT.alertId, '1723075201', body),
  });
  expect(JSON.parse(body)).toEqual({
    type: 'feedmill.alert',
    timestamp: '2024-08-08T00:00:00.123Z',
    data: {
      alert_id: ALERT.alertId,
      rule: 'fast',
      kind: 'price-move',
      instrument: 'AAPL.XNAS',
      instrument_id: '4611686018427387904',
      producer: 'market',
      value: -0.05,
      threshold: 0.04,
      base: 1e11,
      window_ms: 60_000,
      ts_event: '1723075200123000000',
      ts_init: '1723075200125000000',
      shard: 1,
      position: '12',
    },
  });
});

it.each(['', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_c2hvcnQ='])(
  'a secret that is none is refused with how to make one: %s',
  (secret) => {
    expect(() => webhookKey(secret)).toThrow(/24 to 64 bytes in base64\. It .* Make one: echo/);
  },
);
