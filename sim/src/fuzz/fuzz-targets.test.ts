import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FUZZ_TARGETS } from './fuzz-targets.ts';

/** `npm run fuzz` tries for as long as it is told; here as much as a unit test may take. */
const RUNS = 400;

describe.each(FUZZ_TARGETS)('$name, fuzzed', ({ property, corpus }) => {
  it('answers whatever it is given with a result or a named error', async () => {
    const details = await fc.check(property, {
      numRuns: RUNS,
      examples: corpus.map((each) => [each]) as never,
    });
    expect(details.failed, fc.defaultReportMessage(details) ?? '').toBe(false);
  });
});
