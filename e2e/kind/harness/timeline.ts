import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { say } from '../../harness/say.ts';

interface Moment {
  readonly atMs: number;
  readonly what: string;
}

/** What happened and when, for whoever wants to know how a run went. */
export class Timeline {
  readonly #startMs = Date.now();
  readonly #moments: Moment[] = [];

  note(what: string, atMs: number = Date.now()): void {
    this.#moments.push({ atMs, what });
    say(`  ${this.#line({ atMs, what })}`);
  }

  /** Notes without telling: what is only looked up afterwards. */
  file(what: string, atMs: number): void {
    this.#moments.push({ atMs, what });
  }

  /** Runs a step and notes how long it took. */
  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startMs = performance.now();
    this.note(`${what} …`);
    try {
      const result = await work();
      this.note(`${what}: ${seconds(performance.now() - startMs)}`);
      return result;
    } catch (error) {
      this.note(`${what}: FAILED after ${seconds(performance.now() - startMs)}`);
      throw error;
    }
  }

  write(file: string): void {
    const lines = [...this.#moments]
      .sort((a, b) => a.atMs - b.atMs)
      .map((each) => this.#line(each));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${lines.join('\n')}\n`);
    say(`  The timeline of ${lines.length} moments: ${file}`);
  }

  #line({ atMs, what }: Moment): string {
    return `${((atMs - this.#startMs) / 1_000).toFixed(1).padStart(7)} s  ${what}`;
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
