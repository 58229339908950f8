import { FeedmillError } from '@feedmill/core/errors';
import { SourceProblems } from '../net/source-problems.ts';
import type { NetworkKind, NetworkRequest } from '../network-kind.ts';
import { NEWS_EVERY_MS_DEFAULT } from '../poll/limits.ts';
import { everyMsOf, urlProblem } from '../poll/poll-every.ts';
import { type PollRequest, PollSource } from '../poll/poll-source.ts';
import { hint } from '../source-parameters.ts';
import { NEWS_FORMATS, type NewsFormat } from './news-formats.ts';
import { NewsItems } from './news-items.ts';

const EVERY_DEFAULT = `${NEWS_EVERY_MS_DEFAULT / 1_000}s`;

/** A feed of headlines: `news:<rss|atom|json>?url=…`. */
export const NEWS_KIND: NetworkKind = {
  kind: 'news',
  meaning: 'a feed of headlines: RSS, Atom or JSON Feed, each article once and when it changes',
  parameters: [
    { name: 'url', meaning: 'address, http:// or https://', defaultText: 'required' },
    { name: 'every', meaning: 'how often, as 30s, 5m or 1h', defaultText: EVERY_DEFAULT },
    { name: 'source', meaning: 'what the feed is called', defaultText: 'its own title' },
  ],
  example: 'news:rss?url=https://news.example/markets.xml&every=1m',
  producerOf: (target, { url = '' }) => {
    const host = URL.canParse(url) ? new URL(url).host.replace(/[^A-Za-z0-9.-]/g, '-') : target;
    return `news-${host}`.slice(0, 63);
  },
  check: (target, options) => {
    const request = newsRequest({ producer: '', target, options });
    return typeof request === 'string' ? request : undefined;
  },
  open: (request, deps) => {
    const news = newsRequest(request);
    if (typeof news === 'string') throw new FeedmillError('INTERNAL', news);
    const problems = new SourceProblems(request.producer, deps.warn);
    const items = new NewsItems(news.format, request.options['source'], problems);
    return new PollSource(news, deps, problems, items);
  },
};

interface NewsRequest extends PollRequest {
  readonly format: NewsFormat;
}

/** A request that can be opened, or what is wrong as the second half of a sentence. */
function newsRequest({ producer, target, options }: NetworkRequest): NewsRequest | string {
  const format = NEWS_FORMATS.find(({ name }) => name === target);
  if (format === undefined) {
    const names = NEWS_FORMATS.map(({ name }) => name);
    const near = hint(target, names);
    return `'${target}' is not a format of news, which are ${names.join(', ')}${near}`;
  }
  const { url, every = EVERY_DEFAULT } = options;
  const problem = urlProblem(url);
  if (problem !== undefined) return problem;
  const everyMs = everyMsOf(every);
  if (typeof everyMs === 'string') return everyMs;
  return { producer, url: url ?? '', everyMs, format };
}
