import { BarQuality } from '@feedmill/proto/feedmill/v1/event_pb';
import { QUALITY_MARKS_MAX } from '../limits.ts';
import type { StateReader } from '../state/state-reader.ts';
import type { StateWriter } from '../state/state-writer.ts';

interface Mark {
  readonly quality: BarQuality;
  fromSeconds: number;
  toSeconds: number;
}

// What is known to be lost says more than what was cut off, and that more than silence.
const SEVERITY: Readonly<Record<number, number>> = {
  [BarQuality.OK]: 0,
  [BarQuality.STALE]: 1,
  [BarQuality.PARTIAL]: 2,
  [BarQuality.GAP]: 3,
};

/** The quality that says more against a bar. */
export function worseQuality(left: BarQuality, right: BarQuality): BarQuality {
  return (SEVERITY[left] ?? 0) >= (SEVERITY[right] ?? 0) ? left : right;
}

/** Stretches of event time [from, to) in which an instrument or a whole feed was not complete. */
export class QualityMarks {
  #marks: Mark[] = [];

  /**
   * Marks a stretch; an infinite end lasts until `end`.
   *
   * @param forgetSeconds stretches that end by then are of no use any more
   */
  add(
    quality: BarQuality,
    fromSeconds: number,
    toSeconds: number,
    forgetSeconds = Number.NEGATIVE_INFINITY,
  ): void {
    this.#marks = this.#marks.filter((mark) => mark.toSeconds > forgetSeconds);
    const last = this.#marks.at(-1);
    const touches =
      last?.quality === quality && fromSeconds <= last.toSeconds && toSeconds >= last.fromSeconds;
    if (touches) {
      last.fromSeconds = Math.min(last.fromSeconds, fromSeconds);
      last.toSeconds = Math.max(last.toSeconds, toSeconds);
      return;
    }
    this.#marks.push({ quality, fromSeconds, toSeconds });
    if (this.#marks.length > QUALITY_MARKS_MAX) this.#mergeOldest();
  }

  /** Ends the stretches that have no end yet. */
  end(toSeconds: number): void {
    for (const mark of this.#marks) {
      if (mark.toSeconds === Number.POSITIVE_INFINITY) {
        mark.toSeconds = Math.max(mark.fromSeconds, toSeconds);
      }
    }
  }

  /** The worst quality of the window [start, close). */
  qualityOf(startSeconds: number, closeSeconds: number): BarQuality {
    let quality: BarQuality = BarQuality.OK;
    for (const mark of this.#marks) {
      if (startSeconds < mark.toSeconds && closeSeconds > mark.fromSeconds) {
        quality = worseQuality(quality, mark.quality);
      }
    }
    return quality;
  }

  writeState(writer: StateWriter): void {
    writer.varint(this.#marks.length);
    for (const { quality, fromSeconds, toSeconds } of this.#marks) {
      writer.varint(quality);
      writer.float64(fromSeconds);
      writer.float64(toSeconds);
    }
  }

  readState(reader: StateReader): void {
    this.#marks = Array.from({ length: reader.count(17) }, () => ({
      quality: reader.varint() as BarQuality,
      fromSeconds: reader.float64(),
      toSeconds: reader.float64(),
    }));
  }

  #mergeOldest(): void {
    const [first, second] = this.#marks.splice(0, 2) as [Mark, Mark];
    this.#marks.unshift({
      quality: worseQuality(first.quality, second.quality),
      fromSeconds: Math.min(first.fromSeconds, second.fromSeconds),
      toSeconds: Math.max(first.toSeconds, second.toSeconds),
    });
  }
}
