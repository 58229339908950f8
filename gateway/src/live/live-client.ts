import type { Clock } from '@feedmill/core/clock';
import { ConflatedMessages } from './conflated-messages.ts';
import type { LiveLimits } from './limits.ts';
import type { LiveCursor } from './live-cursor.ts';
import { cursorBehind, type LiveLog, type LogEntry } from './live-log.ts';
import { type LiveFrame, type LiveMessage, type LiveWire, wireText } from './live-message.ts';
import type { TopicFilter } from './topic.ts';

/** The connection of one client. */
export interface LiveOutlet {
  readonly wire: LiveWire;
  /** False where it would rather be asked again once it is writable. */
  write(text: string): boolean;
  /** Ends it; what was written before still goes out, if the client takes it. */
  end(reason: string): void;
}

export interface LiveClientOptions {
  readonly outlet: LiveOutlet;
  readonly log: LiveLog;
  readonly limits: LiveLimits;
  readonly clock: Clock;
  readonly filter: TopicFilter;
  /** Whether a slow client gets everything, later, rather than the newest. */
  readonly isComplete: boolean;
  /** The log no longer holds what the client needs next, as it stands. */
  readonly onOvertaken: (client: LiveClient) => void;
  readonly onClosed: (client: LiveClient) => void;
  readonly onLeftOut: (messages: number) => void;
}

/** What the client stands in the log with, who came back or was overtaken. */
interface Joining {
  /** What it has had already. */
  readonly seen: LiveCursor;
  /** From this entry on, it has had what all have had. */
  readonly end: number;
}

/**
 * One client of the live stream: a place in the log. It is never waited for: one that takes less
 * than comes is told how many messages were left out, and gets the newest of each key.
 */
export class LiveClient {
  readonly #options: LiveClientOptions;
  readonly #conflated: ConflatedMessages;
  #filter: TopicFilter;
  /** Entry that it gets next; undefined while it is not in the log. */
  #next: number | undefined;
  #joining: Joining | undefined;
  /** Where it stands once all that is conflated was sent. */
  #behindConflated: LiveCursor | undefined;
  #isWritable = true;
  #isClosed = false;
  #onChange: () => void = () => undefined;
  #wroteMs: number;
  #writableMs: number;
  #last: { readonly frame: LiveFrame; readonly reason: string } | undefined;
  /** Where it stands as far as it was told. */
  #cursor: LiveCursor | undefined;

  constructor(options: LiveClientOptions) {
    this.#options = options;
    this.#filter = options.filter;
    this.#conflated = new ConflatedMessages(options.limits.liveConflatedKeysMax);
    this.#wroteMs = options.clock.monotonicMs();
    this.#writableMs = this.#wroteMs;
  }

  get filter(): TopicFilter {
    return this.#filter;
  }

  /** From the next message on. */
  set filter(filter: TopicFilter) {
    this.advance();
    this.#filter = filter;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What it has not got yet of the log, about. */
  get behindBytes(): number {
    return this.#next === undefined ? 0 : this.#options.log.bytesFrom(this.#next);
  }

  /** Begins with what comes next. */
  follow(): void {
    this.#next = this.#options.log.end;
    this.#cursor = this.#options.log.head;
  }

  /** Takes its place in the log, which holds everything behind what it has seen. */
  join(seen: LiveCursor): void {
    const { log } = this.#options;
    this.#next = log.first;
    this.#joining = { seen, end: log.end };
    this.#cursor = seen;
    this.advance();
  }

  /** Resolves once it takes more, or is closed. */
  async writable(): Promise<void> {
    while (!this.#isWritable && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }

  onWritable(): void {
    this.#isWritable = true;
    this.#writableMs = this.#options.clock.monotonicMs();
    this.#onChange();
    this.advance();
  }

  onClosed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#next = undefined;
    this.#onChange();
    this.#options.onClosed(this);
  }

  /** Ends the stream from our side. */
  end(reason: string): void {
    if (this.#isClosed) return;
    this.onClosed();
    this.#options.outlet.end(reason);
  }

  /** Ends the stream with this frame, once everything that is in the log was sent. */
  finish(last: LiveFrame, reason: string): void {
    this.#last = { frame: last, reason };
    this.advance();
  }

  /** Sends what there is, for as long as the client takes it. */
  advance(): void {
    const { log, limits } = this.#options;
    while (this.#isWritable && this.#next !== undefined) {
      if (!this.#conflated.isEmpty) {
        this.#sendConflated();
      } else if (this.#next < log.first) {
        this.#leave();
      } else if (this.#mayConflate && log.bytesFrom(this.#next) > limits.liveBehindBytesMax) {
        this.#conflate();
      } else if (this.#next < log.end) {
        this.#sendEntries();
      } else {
        this.#sendLast();
        return;
      }
    }
  }

  /** Before the log gives up entries that this client has not had. */
  makeRoom(): void {
    if (this.#next === undefined || this.#isWritable || this.#next > this.#options.log.first)
      return;
    if (this.#mayConflate) this.#conflate();
  }

  /** Says that the stream is there, if it has been silent, and where; cuts who is stuck. */
  onBeat(nowMs: number): void {
    const { clock, limits, log } = this.#options;
    if (!this.#isWritable) {
      const stuckMs = nowMs - this.#writableMs;
      if (stuckMs > limits.liveStuckMs) this.end(`nothing was taken for ${Math.round(stuckMs)} ms`);
      return;
    }
    if (nowMs - this.#wroteMs < limits.liveHeartbeatMs) return;
    const isAtHead = this.#next === log.end && this.#conflated.isEmpty;
    if (isAtHead) this.#cursor = log.head;
    const data = JSON.stringify({ ts: String(clock.wallNanos()) });
    this.send({ name: 'heartbeat', data, cursor: this.#cursor && String(this.#cursor) });
  }

  /** Sends a frame beside what is in the log. */
  send(frame: LiveFrame): void {
    this.#write(wireText(this.#options.outlet.wire, frame));
  }

  /** Sends a message with a cursor of this client's own. */
  sendAlone(message: LiveMessage, cursor: LiveCursor | undefined): void {
    if (cursor !== undefined) this.#cursor = cursor;
    this.send(message.frame(cursor));
  }

  #sendLast(): void {
    if (this.#last === undefined) return;
    this.send(this.#last.frame);
    this.end(this.#last.reason);
  }

  get #mayConflate(): boolean {
    return !this.#options.isComplete && this.#joining === undefined;
  }

  #leave(): void {
    this.#next = undefined;
    this.#joining = undefined;
    this.#options.onOvertaken(this);
  }

  /** Where it stands, for coming back into the log. */
  get cursor(): LiveCursor | undefined {
    return this.#cursor;
  }

  #sendEntries(): void {
    const { log, outlet, limits } = this.#options;
    const texts: string[] = [];
    let chars = 0;
    while (this.#next !== undefined && this.#next < log.end && chars < limits.liveChunkBytesMax) {
      const entry = log.entry(this.#next) as LogEntry;
      for (const message of entry.messages) {
        if (!this.#filter.wants(message.topic, message.names)) continue;
        const text = this.#textOf(entry, message, outlet.wire);
        if (text === undefined) continue;
        texts.push(text);
        chars += text.length;
      }
      this.#next += 1;
      this.#cursor = entry.after;
      if (this.#joining !== undefined) {
        this.#cursor = entry.after.merge(this.#joining.seen);
        if (this.#next >= this.#joining.end) this.#joining = undefined;
      }
    }
    // A message of a WebSocket ends where its text does.
    if (outlet.wire === 'webSocket') for (const text of texts) this.#write(text);
    else if (texts.length > 0) this.#write(texts.join(''));
  }

  #textOf(entry: LogEntry, message: LiveMessage, wire: LiveWire): string | undefined {
    if (this.#joining === undefined) {
      return message.sharedText(wire, (each) => cursorBehind(entry, each));
    }
    const { seen } = this.#joining;
    const { shard, flow, position } = entry;
    if (shard !== undefined && seen.hasSeen(shard, flow, position, message.ordinal))
      return undefined;
    return wireText(wire, message.frame(cursorBehind(entry, message).merge(seen)));
  }

  /** Keeps the newest of each key of what the client will not get in time. */
  #conflate(): void {
    const { log, onLeftOut } = this.#options;
    const leftOutBefore = this.#conflated.leftOut;
    for (let number = this.#next ?? log.end; number < log.end; number += 1) {
      for (const message of log.entry(number)?.messages ?? []) {
        if (this.#filter.wants(message.topic, message.names)) this.#conflated.add(message);
      }
    }
    this.#next = log.end;
    this.#behindConflated = log.head;
    onLeftOut(this.#conflated.leftOut - leftOutBefore);
  }

  #sendConflated(): void {
    const leftOut = this.#conflated.takeLeftOut();
    if (leftOut > 0) {
      const data = JSON.stringify({ left_out: leftOut, kept: this.#conflated.size });
      this.send({ name: 'conflated', data, cursor: undefined });
    }
    while (this.#isWritable && this.#conflated.size > 0) {
      const message = this.#conflated.take() as LiveMessage;
      // Only with the last of them is the client past everything that was left out.
      const isLast = this.#conflated.size === 0;
      this.sendAlone(message, isLast ? this.#behindConflated : undefined);
    }
  }

  #write(text: string): void {
    if (this.#isClosed) return;
    this.#wroteMs = this.#options.clock.monotonicMs();
    if (this.#options.outlet.write(text)) return;
    if (this.#isWritable) this.#writableMs = this.#wroteMs;
    this.#isWritable = false;
  }
}
