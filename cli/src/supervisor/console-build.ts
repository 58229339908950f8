import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { COMPILE_CACHE_FOLDER } from '../compile-cache.ts';

/** Builds the console where its sources have changed, in a process of the lowest priority. */
export class ConsoleBuild {
  #child: ChildProcess | undefined;

  /**
   * @returns the folder with the built console
   * @throws Error with what the build said
   */
  async run(script: string): Promise<string> {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE_FOLDER },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    const [[code], folder, words] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    if (code === 0) return folder.trim();
    throw new Error(`The console cannot be built: ${words.trim().split('\n').at(-1) ?? ''}`);
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }
}
