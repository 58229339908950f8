import type { FeedState, Level } from '../api/shapes.ts';
import type { Tone } from '../shell/state-mark.tsx';

export function toneOfFeed(state: FeedState): Tone {
  switch (state) {
    case 'ok':
      return 'good';
    case 'starting':
    case 'restarting':
    case 'stopping':
      return 'busy';
    case 'lagging':
    case 'spilling':
    case 'stale':
      return 'warn';
    case 'full':
    case 'failed':
      return 'bad';
    case 'waiting':
    case 'done':
    case 'stopped':
    case 'unknown':
      return 'quiet';
  }
}

export function toneOfLevel(level: Level): Tone {
  switch (level) {
    case 'normal':
      return 'good';
    case 'lagging':
    case 'spilling':
      return 'warn';
    case 'full':
      return 'bad';
    case 'unknown':
      return 'quiet';
  }
}
