import { FeedmillError } from '@feedmill/core/errors';
import { SourceProblems } from '../net/source-problems.ts';
import type { NetworkKind, NetworkRequest } from '../network-kind.ts';
import { type JsonMapping, jsonMapping, MAPPING_PARAMETERS } from './json-mapping.ts';
import { POLL_EVERY_MS_DEFAULT } from './limits.ts';
import { MappedItems } from './mapped-items.ts';
import { everyMsOf, urlProblem } from './poll-every.ts';
import { type PollRequest, PollSource } from './poll-source.ts';

const EVERY_DEFAULT = `${POLL_EVERY_MS_DEFAULT / 1_000}s`;

/** A JSON answer that is asked for regularly: `poll:<name>?url=…&every=…&as=…`. */
export const POLL_KIND: NetworkKind = {
  kind: 'poll',
  meaning: 'a JSON answer that is asked for again and again: its trades, quotes or news, each once',
  parameters: [
    { name: 'url', meaning: 'address, http:// or https://', defaultText: 'required' },
    { name: 'every', meaning: 'how often, as 500ms, 10s or 5m', defaultText: EVERY_DEFAULT },
    ...MAPPING_PARAMETERS,
  ],
  example:
    'poll:fx?url=https://rates.example/v1/quotes&every=5s&as=quote&items=$.quotes[*]' +
    '&symbol=@.pair&bid=@.bid&ask=@.ask',
  producerOf: (target) => target,
  check: (target, options) => {
    const request = pollRequest({ producer: '', target, options });
    return typeof request === 'string' ? request : undefined;
  },
  open: (request, deps) => {
    const poll = pollRequest(request);
    if (typeof poll === 'string') throw new FeedmillError('INTERNAL', poll);
    const problems = new SourceProblems(request.producer, deps.warn);
    return new PollSource(poll, deps, problems, new MappedItems(poll.mapping, problems));
  },
};

interface MappedRequest extends PollRequest {
  readonly mapping: JsonMapping;
}

/** A request that can be opened, or what is wrong as the second half of a sentence. */
function pollRequest({ producer, target, options }: NetworkRequest): MappedRequest | string {
  const { url, every = EVERY_DEFAULT } = options;
  const problem = urlProblem(url);
  if (problem !== undefined) return problem;
  const everyMs = everyMsOf(every);
  if (typeof everyMs === 'string') return everyMs;
  const mapping = jsonMapping(target, options);
  if (typeof mapping === 'string') return mapping;
  return { producer, url: url ?? '', everyMs, mapping };
}
