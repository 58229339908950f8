import type { Clock } from '@feedmill/core/clock';
import { FeedmillError } from '@feedmill/core/errors';
import { contentHash } from '../content-hash.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-object.ts';
import { microTime } from './micro-time.ts';
import type { Resource } from './resource.ts';

/** What happened, told beside the object that it happened to. */
export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  verbs: ['create'],
};

const REPORTER = 'feedmill.dev/operator';
const NOTE_LENGTH_MAX = 1_024;

export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** One word, such as the reason of a condition. */
  readonly reason: string;
  /** What the operator was doing, in a word. */
  readonly action: string;
  readonly note: string;
}

/** Something that an event can be about. */
export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: KubeObject;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** This replica. */
  readonly instance: string;
  readonly log: { warn(fields: object, sentence: string): void };
}

/** Writes events. One that cannot be written is logged: nothing waits for it. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  #count = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  async record({ apiVersion, kind, object }: Subject, happening: Happening): Promise<void> {
    const { client, clock, instance, log } = this.#options;
    const { name, namespace = '', uid, resourceVersion } = object.metadata;
    const now = clock.wallNanos();
    this.#count += 1;
    const id = contentHash([instance, String(now), this.#count]);
    const event = {
      metadata: { name: `${name}.${id}`, namespace },
      eventTime: microTime(now),
      reportingController: REPORTER,
      reportingInstance: instance,
      type: happening.type,
      reason: happening.reason,
      action: happening.action,
      note: happening.note.slice(0, NOTE_LENGTH_MAX),
      regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
    };
    try {
      await client.create(EVENTS, event);
    } catch (error) {
      const { message } = FeedmillError.from(error);
      log.warn({ event: happening, error: message }, 'An event could not be written.');
    }
  }
}
