import { FeedmillError } from '@feedmill/core/errors';
import { LIMITS } from '../limits.ts';
import type { Reporter } from '../status-block/reporter.ts';
import { ChildLogFollower } from './child-log.ts';

interface Followed {
  readonly name: string;
  readonly logFile: string;
  readonly follower: ChildLogFollower;
  /** Lines since the last poll. */
  lines: string[];
  lastShown: string | undefined;
}

/** Shows what the children warn of, without letting one of them flood the terminal. */
export class ChildNotices {
  readonly #reporter: Reporter;
  readonly #followed: Followed[] = [];
  #isBroken = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  async follow(name: string, logFile: string): Promise<void> {
    const lines: string[] = [];
    const follower = await ChildLogFollower.open(logFile, (line) => {
      followed.lines.push(line.text);
    });
    const followed: Followed = { name, logFile, follower, lines, lastShown: undefined };
    this.#followed.push(followed);
  }

  async poll(): Promise<void> {
    try {
      for (const followed of this.#followed) await this.#pollOne(followed);
    } catch (error) {
      // A log that cannot be read must not stop the data; it is said once.
      if (!this.#isBroken) this.#reporter.warn(FeedmillError.from(error).message);
      this.#isBroken = true;
    }
  }

  async #pollOne(followed: Followed): Promise<void> {
    await followed.follower.poll();
    const { lines, name, logFile } = followed;
    followed.lines = [];
    const fresh = lines.filter((line, at) => line !== (lines[at - 1] ?? followed.lastShown));
    for (const line of fresh.slice(0, LIMITS.noticesPerPollMax)) {
      this.#reporter.warn(`${name}: ${line}`);
    }
    const hidden = fresh.length - LIMITS.noticesPerPollMax;
    if (hidden > 0) this.#reporter.warn(`${name}: ${hidden} more lines like these in ${logFile}`);
    followed.lastShown = lines.at(-1) ?? followed.lastShown;
  }
}
