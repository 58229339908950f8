import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

const DAY_MS = 86_400_000;

// What of ASN.1 a certificate is made of.
const TAGS = { integer: 0x02, bits: 0x03, octets: 0x04, utf8: 0x0c, time: 0x17 } as const;
const SEQUENCE = 0x30;
const SET = 0x31;
const ECDSA_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const ALTERNATIVE_NAMES = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';
const TRUE = '0101ff';

/** A certificate and its key, PEM. */
export interface SelfSigned {
  readonly certificate: string;
  readonly key: string;
}

/**
 * For `localhost` and 127.0.0.1, signed by itself.
 *
 * @param days when it begins and ends, from now; until tomorrow where nothing is said
 */
export function selfSigned(days: readonly [number, number] = [-1, 1]): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, hex(ECDSA_SHA256));
  // Two of one name are one and the same to whoever looks for the issuer.
  const nameText = der(TAGS.utf8, Buffer.from(`Feedmill test ${randomUUID()}`));
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, hex(COMMON_NAME), nameText)));
  const times = days.map((day) => der(TAGS.time, Buffer.from(timeText(Date.now() + day * DAY_MS))));
  const names = der(
    SEQUENCE,
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, hex(ALTERNATIVE_NAMES), der(TAGS.octets, names)),
    der(SEQUENCE, hex(BASIC_CONSTRAINTS), hex(TRUE), der(TAGS.octets, der(SEQUENCE, hex(TRUE)))),
  );
  const content = der(
    SEQUENCE,
    der(0xa0, der(TAGS.integer, Buffer.from([2]))),
    der(TAGS.integer, Buffer.from([1])),
    algorithm,
    name,
    der(SEQUENCE, ...times),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', content, privateKey);
  const whole = der(
    SEQUENCE,
    content,
    algorithm,
    der(TAGS.bits, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join(
      '\n',
    ),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** YYMMDDHHMMSSZ */
const timeText = (ms: number): string =>
  `${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? [body.length]
      : body.length < 0x100
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
