import Type from 'typebox';
import { LIVE_LIMITS } from '../live/limits.ts';
import { LiveCursor } from '../live/live-cursor.ts';
import { TOPICS, TopicFilter } from '../live/topic.ts';
import { Problem } from '../problem.ts';
import type { Replay } from '../replay/replay.ts';
import { type Answer, endpoint } from './endpoint.ts';

const CURSOR_PATTERN = '^v1[0-9a-z.-]{0,2000}$';

const TOPICS_TEXT = Object.entries(TOPICS)
  .map(([name, text]) => `\`${name}\`: ${text}`)
  .join(' ');

export const LiveQuery = Type.Object({
  topics: Type.String({
    minLength: 1,
    maxLength: LIVE_LIMITS.liveTopicsMax * LIVE_LIMITS.liveTopicCharsMax,
    description:
      'What to follow, separated by commas: topics, each alone or for a name or pattern behind a ' +
      `colon, where * stands for any characters. ${TOPICS_TEXT}`,
    examples: ['trades:AAPL.XNAS,quotes:*.XNAS,feeds'],
  }),
  cursor: Type.Optional(
    Type.String({
      pattern: CURSOR_PATTERN,
      description:
        'Go on behind this message: its id. The header Last-Event-ID does the same, as browsers ' +
        'send it by themselves.',
    }),
  ),
  slow: Type.Enum(['conflate', 'complete'], {
    default: 'conflate',
    description:
      'What becomes of a client that takes less than comes. conflate: a message `conflated` says ' +
      'how many were left out, and the newest of each instrument follows. complete: it gets ' +
      'everything, later.',
  }),
  replay: Type.Optional(
    Type.String({
      pattern: '^[a-z0-9-]{1,40}$',
      description: 'Follow this replay instead of what comes now.',
    }),
  ),
});

export const liveEndpoint = endpoint({
  method: 'GET',
  path: '/v1/live',
  name: 'followLive',
  tag: 'live',
  summary: 'What happens now, or in a replay, as a stream',
  description:
    'Server-Sent Events. Each has a name (trade, quote, cbbo, bar, news, gap, status, feed, ' +
    'shard, region, alert), data as the queries have them, and an id to go on behind. `open` ' +
    'comes first; `heartbeat` whenever nothing else came; `conflated` and `refresh` say what was ' +
    'left out; `manifest` ends a replay. The same path speaks WebSocket.',
  scope: 'live',
  query: LiveQuery,
  pathSchema: Type.Object({}),
  answer: { kind: 'stream' },
  problems: [404, 410],
  handle: async ({ principal, query, lastEventId }, services): Promise<Answer> => {
    const filter = TopicFilter.parse(query.topics);
    const text = query.cursor ?? lastEventId;
    const cursor = text === undefined ? undefined : LiveCursor.parse(text);
    if (query.replay !== undefined) {
      const replay = services.replays.find(query.replay);
      checkHeld(replay, cursor);
      return { kind: 'stream', begin: (outlet) => replay.follow(filter, cursor, outlet) };
    }
    const owner = `${principal.kind} ${principal.id}`;
    const isComplete = query.slow === 'complete';
    return {
      kind: 'stream',
      begin: await services.live.admit({ owner, filter, cursor, isComplete }),
    };
  },
});

function checkHeld(replay: Replay, cursor: LiveCursor | undefined): void {
  if (cursor === undefined || replay.holds(cursor)) return;
  throw new Problem(
    'gone',
    'The replay no longer holds what comes behind the cursor. Follow without one, or start ' +
      'another.',
  );
}
