import { Command } from 'commander';
import { boundsOf, CHECKS, MUTANT_CHECKS } from './checks.ts';
import { explore, type Verdict } from './explore.ts';
import { MUTANTS, type Mutant } from './mutants.ts';

const program = new Command('npm run model --')
  .description('Checks the two-region protocol in every state that can be reached within bounds.')
  .showHelpAfterError();

program
  .command('all', { isDefault: true })
  .description('the checks and mutants that CI runs')
  .action(() => {
    for (const [name, bounds] of Object.entries(CHECKS)) {
      report(name, 'holds', () => explore(bounds, undefined));
    }
    for (const [mutant, bounds] of Object.entries(MUTANT_CHECKS)) {
      report(`without a rule: ${mutant}`, 'broken', () => explore(bounds, mutant as Mutant));
    }
  });

program
  .command('explore')
  .description('one exploration')
  .option('--events <n>', 'events that producers send', Number, 2)
  .option('--epochs <n>', 'epochs', Number, 3)
  .option('--versions <n>', 'versions of the register', Number, 4)
  .option('--in-flight <n>', 'requests to the witness on their way', Number, 1)
  .option('--crashes <n>', 'crashes of a region', Number, 0)
  .option('--lost-volumes <n>', 'journals that are lost', Number, 0)
  .option('--switchovers <n>', 'planned switchovers', Number, 0)
  .option('--forces <n>', 'switchovers by force', Number, 0)
  .option('--restores <n>', 'restores of an old copy of the register', Number, 0)
  .option('--undeclared', 'the witness is not told that its copy is old')
  .option('--stop', 'standbyLoss: Stop instead of Continue')
  .option('--mutant <name>', `a rule to leave out: ${Object.keys(MUTANTS).join(', ')}`)
  .action((options: Record<string, number> & { mutant?: Mutant }) => {
    const { undeclared, stop, mutant, ...numbers } = options;
    const bounds = boundsOf({
      ...numbers,
      areRestoresDeclared: undeclared === undefined,
      standbyLoss: stop === undefined ? 'Continue' : 'Stop',
    });
    const onProgress = (states: number, waiting: number): void => {
      process.stderr.write(`${states} states, ${waiting} waiting\n`);
    };
    report(JSON.stringify(bounds), 'holds', () => explore(bounds, mutant, onProgress));
  });

program.parse(process.argv);

function report(name: string, expected: Verdict['kind'], run: () => Verdict): void {
  const startedMs = performance.now();
  const verdict = run();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const isAsExpected = verdict.kind === expected;
  const mark = isAsExpected ? 'ok    ' : 'FAILED';
  console.log(`${mark} ${name}: ${verdict.kind} (${verdict.states} states, ${seconds} s)`);
  if (isAsExpected) return;
  process.exitCode = 1;
  if (verdict.kind === 'holds') return;
  console.log(verdict.why);
  for (const [step, label] of verdict.trace.entries()) console.log(`  ${step}. ${label}`);
}
