import { spawnSync } from 'node:child_process';
import { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { outlineOf } from './command-outline.ts';
import { completionScript, SHELLS } from './completion-script.ts';

const program = new Command('feedmill');
program
  .command('up')
  .summary("run 'everything' [here]: all of it")
  .addOption(new Option('--dir <path>', 'folder: the one'))
  .addOption(new Option('--shards <n>', 'number of workers'))
  .addOption(new Option('--source <spec>', 'what to read'))
  .addOption(new Option('--json', 'one document'));
program
  .command('completion')
  .summary('a script')
  .addArgument(new Argument('<shell>').choices(SHELLS));
const outline = outlineOf(program, ['capture:gemini-csv:', 'simulated:']);

const hasShell = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** What bash offers after these words; the last is what is being typed. */
function bashOffers(...words: string[]): string[] {
  const script = `${completionScript('bash', outline)}
    compopt() { :; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length - 1}
    _feedmill
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n').filter((line) => line !== '');
}

test.skipIf(!hasShell('bash'))('bash completes commands, their options and source kinds', () => {
  expect(bashOffers('feedmill', '')).toEqual(['up', 'completion', '--help', '--version']);
  expect(bashOffers('feedmill', 'u')).toEqual(['up']);
  expect(bashOffers('feedmill', 'up', '--s')).toEqual(['--shards', '--source']);
  expect(bashOffers('feedmill', 'up', '--source', 's')).toEqual(['simulated:']);
  expect(bashOffers('feedmill', 'up', '--shards', '')).toEqual([]);
  expect(bashOffers('feedmill', 'completion', '')).toEqual(['--help', 'bash', 'zsh', 'fish']);
});

test.skipIf(!hasShell('bash'))('bash completes the path behind the colon of a source', () => {
  const offers = bashOffers('feedmill', 'up', '--source', 'capture', ':', '/us');
  expect(offers).toContain('/usr');
});

test.each(['zsh', 'fish'] as const)(
  'the script for %s quotes what its shell would read',
  (shell) => {
    const script = completionScript(shell, outline);
    expect(script).toContain('completion');
    expect(script).not.toContain('undefined');
    if (shell === 'zsh') {
      expect(script).toContain(`'up:run '\\''everything'\\'' \\[here\\]\\: all of it'`);
      expect(script).toContain(
        `'*--source[what to read]:source:(capture\\:gemini-csv\\: simulated\\:)'`,
      );
    } else {
      expect(script).toContain(`-a up -d 'run \\'everything\\' [here]: all of it'`);
    }
    if (hasShell(shell)) {
      const check = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
      expect(check.stderr).toBe('');
    }
  },
);
