import { FeedmillError } from '@feedmill/core/errors';
import { SourceProblems } from '../net/source-problems.ts';
import type { TcpTls } from '../net/tcp-dialer.ts';
import type { NetworkKind, NetworkRequest } from '../network-kind.ts';
import { hint } from '../source-parameters.ts';
import { FixEvents } from './fix-mapper.ts';
import { type FixOptions, FixSession } from './fix-session.ts';
import { HEARTBEAT_S_DEFAULT, HEARTBEAT_S_MAX } from './limits.ts';
import { LineMapper } from './line-mapper.ts';
import { LineProtocol } from './line-protocol.ts';
import { type TcpRequest, TcpSource } from './tcp-source.ts';

/** Not an address: the last part of a name is not a number. */
const HOST_NAME = /^(?:[A-Za-z0-9_-]{1,63}\.){0,9}(?!\d+$)[A-Za-z0-9-]{1,63}$/;
const FORMATS = ['ndjson', 'fix'] as const;

/** Feeds of brokers and of orders: `tcp:<host:port>?format=…`. */
export const TCP_KIND: NetworkKind = {
  kind: 'tcp',
  meaning: 'lines of JSON, or a FIX 4.4 drop copy, of a server that is connected to',
  parameters: [
    { name: 'format', meaning: 'ndjson or fix', defaultText: 'ndjson' },
    { name: 'venue', meaning: 'whose symbols these are, in upper case', defaultText: 'BROKER' },
    { name: 'tls', meaning: 'yes encrypts the connection, by TLS 1.2 or newer', defaultText: 'no' },
    {
      name: 'ca',
      meaning: 'TLS: PEM file of the authorities that are trusted',
      defaultText: "Node's own",
    },
    { name: 'cert', meaning: 'TLS: PEM file of our certificate', defaultText: 'none' },
    { name: 'key', meaning: 'TLS: PEM file of its key', defaultText: 'none' },
    {
      name: 'servername',
      meaning: "TLS: the name that the server's certificate must bear",
      defaultText: 'the host',
    },
    { name: 'sender', meaning: 'FIX: our CompID', defaultText: 'required' },
    { name: 'target', meaning: 'FIX: CompID of the other side', defaultText: 'required' },
    {
      name: 'heartbeat',
      meaning: `FIX: seconds between heartbeats, 1 to ${HEARTBEAT_S_MAX}`,
      defaultText: String(HEARTBEAT_S_DEFAULT),
    },
    {
      name: 'reset',
      meaning: 'FIX: yes starts the numbers over at each logon; what was missed is then lost',
      defaultText: 'no',
    },
  ],
  example: 'tcp:drop.broker.example:9880?format=fix&sender=DESK&target=BROKER&venue=XPAR',
  producerOf: (target) => `tcp-${target.replace(/[^A-Za-z0-9.]/g, '-')}`.slice(0, 63),
  check: (target, options) => {
    const request = tcpRequest({ producer: '', target, options });
    return typeof request === 'string' ? request : undefined;
  },
  open: (request, deps) => {
    const read = tcpRequest(request);
    if (typeof read === 'string') throw new FeedmillError('INTERNAL', read);
    const problems = new SourceProblems(request.producer, deps.warn);
    const { venue, fix } = read;
    return new TcpSource(read, deps, problems, (start) =>
      fix === undefined
        ? new LineProtocol(new LineMapper(venue), problems, start)
        : new FixSession(fix, new FixEvents(venue, problems), problems, start),
    );
  },
};

interface ReadRequest extends TcpRequest {
  readonly venue: string;
  /** Undefined: lines of JSON. */
  readonly fix: FixOptions | undefined;
}

/** A request that can be opened, or what is wrong as the second half of a sentence. */
function tcpRequest({ producer, target, options }: NetworkRequest): ReadRequest | string {
  const [, host = '', digits = ''] = /^(\[[\da-fA-F:.]+\]|[^:/]+):(\d{1,5})$/.exec(target) ?? [];
  const port = Number(digits);
  if (host === '' || port < 1 || port > 65_535) {
    return `'${target}' is not host:port with a port from 1 to 65535`;
  }
  const { format = 'ndjson', venue = 'BROKER' } = options;
  if (!/^[A-Z0-9][A-Z0-9._-]{0,31}$/.test(venue)) {
    return `venue is '${venue}'; write up to 32 upper-case letters and digits, as XPAR`;
  }
  const tls = tlsOptions(options);
  if (typeof tls === 'string') return tls;
  const place = { producer, host: host.replace(/^\[|\]$/g, ''), port, venue, tls };
  if (format === 'fix') {
    const fix = fixOptions(options);
    return typeof fix === 'string' ? fix : { ...place, fix };
  }
  if (format !== 'ndjson') {
    return `format is '${format}'; it must be one of ${FORMATS.join(', ')}${hint(format, FORMATS)}`;
  }
  const ofFix = ['sender', 'target', 'heartbeat', 'reset'].find((name) => name in options);
  if (ofFix !== undefined) return `${ofFix} is of FIX; write format=fix, or leave it out`;
  return { ...place, fix: undefined };
}

function tlsOptions(options: NetworkRequest['options']): TcpTls | undefined | string {
  const { tls = 'no', ca, cert, key, servername } = options;
  if (tls !== 'yes' && tls !== 'no') return `tls is '${tls}'; it must be yes or no`;
  if (tls === 'no') {
    const ofTls = ['ca', 'cert', 'key', 'servername'].find((name) => name in options);
    return ofTls === undefined ? undefined : `${ofTls} is of TLS; write tls=yes, or leave it out`;
  }
  if ((cert === undefined) !== (key === undefined)) {
    return cert === undefined ? 'key needs cert beside it' : 'cert needs key beside it';
  }
  if (servername !== undefined && !HOST_NAME.test(servername)) {
    return `servername is '${servername}'; it must be a host's name, not an address`;
  }
  return { caFile: ca, certFile: cert, keyFile: key, servername };
}

function fixOptions(options: NetworkRequest['options']): FixOptions | string {
  const {
    sender = '',
    target = '',
    heartbeat = String(HEARTBEAT_S_DEFAULT),
    reset = 'no',
  } = options;
  for (const [name, value] of Object.entries({ sender, target })) {
    if (!/^[\x21-\x7e]{1,64}$/.test(value)) {
      return `${name} is '${value}'; FIX needs a CompID of up to 64 characters without spaces`;
    }
  }
  const heartbeatS = Number(heartbeat);
  if (!/^\d{1,4}$/.test(heartbeat) || heartbeatS < 1 || heartbeatS > HEARTBEAT_S_MAX) {
    return `heartbeat is '${heartbeat}'; it must be seconds from 1 to ${HEARTBEAT_S_MAX}`;
  }
  if (reset !== 'yes' && reset !== 'no') return `reset is '${reset}'; it must be yes or no`;
  return { sender, target, heartbeatS, resets: reset === 'yes' };
}
