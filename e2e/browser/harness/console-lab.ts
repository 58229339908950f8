import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readLocalState } from '@feedmill/cli/local-state';
import { type Browser, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { FeedmillCommand, feedmill } from '../../harness/feedmill-command.ts';
import { makeTestFolder, removeTestFolder } from '../../harness/test-folder.ts';
import { until } from '../../harness/waiting.ts';

const CHROMIUM = process.env['FEEDMILL_CHROMIUM'] ?? '/usr/bin/chromium';
// As root it has no sandbox, and the shared memory of a container is too small for a large screen.
const BROWSER_FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
const START_MS = 90_000;

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly scheme: 'dark' | 'light';
}

const DESK: Screen = { width: 1_440, height: 900, scheme: 'light' };

/** A page of the console, and what it did beside what it shows. */
export interface Shown {
  readonly page: Page;
  readonly hosts: ReadonlySet<string>;
  readonly errors: readonly string[];
}

/** A Feedmill of its own, and Chromium to look at it. */
export class ConsoleLab {
  readonly url: string;
  readonly key: string;
  readonly #dir: string;
  readonly #up: FeedmillCommand;
  readonly #browser: Browser;

  private constructor(
    dir: string,
    up: FeedmillCommand,
    browser: Browser,
    door: { url: string; key: string },
  ) {
    this.#dir = dir;
    this.#up = up;
    this.#browser = browser;
    this.url = door.url;
    this.key = door.key;
  }

  /** Resolves once the console is served; of two regions that of the first. */
  static async start(sources: readonly string[], regions: 1 | 2 = 1): Promise<ConsoleLab> {
    const dir = makeTestFolder();
    const given = sources.map((source) => `--source=${source}`);
    const flags = ['--shards=2', `--regions=${regions}`];
    const up = new FeedmillCommand('up', '--dir', dir, ...flags, ...given);
    const home = regions === 1 ? dir : path.join(dir, 'east');
    await up.says('Console ');
    const url = await until(
      'its address is known',
      async () => (await readLocalState(home))?.gateway?.url,
      { withinMs: START_MS },
    );
    const file = await readFile(path.join(home, 'gateway-key.json'), 'utf8');
    const { key } = JSON.parse(file) as { key: string };
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: BROWSER_FLAGS });
    return new ConsoleLab(dir, up, browser, { url, key });
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#up.signal('SIGINT');
    await this.#up.ended;
    await feedmill('down', '--dir', this.#dir);
    await removeTestFolder(this.#dir);
  }

  /** The gateway's process. */
  async gatewayPid(): Promise<number> {
    const pid = (await readLocalState(this.#dir))?.gateway?.process?.pid;
    if (pid === undefined) throw new Error('No gateway runs.');
    return pid;
  }

  /** Runs a command on the folder of this Feedmill. */
  async command(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await feedmill(...args, '--dir', this.#dir);
    if (code !== 0) throw new Error(`feedmill ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Opens the address, without a key, for the time of a test. */
  async open(hash: string, { width, height, scheme } = DESK): Promise<Shown> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    onTestFinished(async () => await context.close());
    const page = await context.newPage();
    const hosts = new Set<string>();
    const errors: string[] = [];
    page.on('request', (request) => hosts.add(new URL(request.url()).host));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) errors.push(message.text());
    });
    await page.goto(`${this.url}/${hash}`);
    return { page, hosts, errors };
  }

  /** The same for somebody who is signed in, once it is live. */
  async show(hash: string, screen = DESK, key = this.key): Promise<Shown> {
    const shown = await this.open(`#key=${key}`, screen);
    await shown.page.getByText('Live', { exact: true }).waitFor();
    await shown.page.goto(`${this.url}/${hash}`);
    return shown;
  }
}
