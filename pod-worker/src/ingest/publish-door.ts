import { status } from '@grpc/grpc-js';
import { type PublishCall, type PublishHost, PublishStream } from './publish-stream.ts';
import { refusals } from './refusal.ts';

/** Lets Publish streams in, a bounded number of them, whatever the transport. */
export class PublishDoor {
  readonly #host: PublishHost;
  readonly #streamsMax: number;
  readonly #streams = new Set<PublishStream>();

  constructor(host: PublishHost, streamsMax: number) {
    this.#host = host;
    this.#streamsMax = streamsMax;
  }

  /** The stream of a call, which goes on with it; undefined where the call was refused. */
  open(call: PublishCall): PublishStream | undefined {
    if (this.#streams.size >= this.#streamsMax) {
      const details = `${this.#streamsMax} streams are open on this worker already; close some.`;
      call.refuse({ code: status.RESOURCE_EXHAUSTED, details });
      return undefined;
    }
    const stream = new PublishStream(this.#host, call);
    this.#streams.add(stream);
    return stream;
  }

  /** The transport of a stream is gone. */
  closed(stream: PublishStream): void {
    this.#streams.delete(stream);
    stream.onClosed();
  }

  /** Ends all streams, as the worker stops. */
  end(): void {
    for (const stream of this.#streams) stream.end(refusals.draining());
  }
}
