import type { Mutant, SourceEdit } from './mutant.ts';

const SEGMENT_FILES = 'pod-worker/src/journal/segment-files.ts';
const RECOVERY = 'pod-worker/src/journal/journal-recovery.ts';
const OPEN_SHARD = 'pod-worker/src/open-shard.ts';
// Functions of the database stand in its double; docs/decisions/0013 says why.
const DATABASE = 'sim/src/postgres/progress-statements.ts';

/** Old sessions are ended first: while they are, what a commit checks by itself is never met. */
const SESSIONS_LIVE_ON: SourceEdit = {
  file: DATABASE,
  find: 'return epoch !== undefined && BigInt(epoch) <= epochMax;',
  replace: 'return epoch !== undefined && BigInt(epoch) > epochMax;',
};

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no-sync',
    what: 'the journal is written and not synced before it is acknowledged',
    edits: [
      {
        file: SEGMENT_FILES,
        find: 'const file = await disk.openDurable(files.#path(first));',
        replace: 'const file = await disk.open(files.#path(first));',
      },
      {
        file: SEGMENT_FILES,
        find: 'file: await this.#disk.openDurable(this.#path(first))',
        replace: 'file: await this.#disk.open(this.#path(first))',
      },
    ],
  },
  {
    name: 'early-ack',
    what: 'a batch is acknowledged once it is in memory',
    edits: [
      {
        file: 'pod-worker/src/ingest/ingest-host.ts',
        find: '    if (!this.#mustPause()) return false;',
        replace:
          '    slot.durableThrough = batch.firstSequence + batch.eventCount - 1;' +
          ' slot.stream?.acknowledge();' +
          ' if (!this.#mustPause()) return false;',
      },
    ],
  },
  {
    name: 'sync-error-ignored',
    what: 'a failed write of the journal counts as written',
    edits: [
      {
        file: 'pod-worker/src/journal/group-commit.ts',
        find: 'await segment.file.write(buffers, this.#offset);',
        replace: 'await segment.file.write(buffers, this.#offset).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'tail-not-cut',
    what: 'an entry that fails its checksum is taken at the end of the journal',
    edits: [
      {
        file: 'pod-worker/src/journal/journal-entry.ts',
        find: "return 'damaged';",
        replace: 'void 0;',
      },
    ],
  },
  {
    name: 'tail-not-written-again',
    what: 'what may only be in memory after a crash is acknowledged without another sync',
    edits: [{ file: RECOVERY, find: '  await tail.writeAgain();\n', replace: '' }],
  },
  {
    name: 'checkpoint-trusted',
    what: 'a checkpoint is taken whatever its checksum and Postgres say',
    edits: [
      {
        file: 'pod-worker/src/checkpoint/checkpoint-file.ts',
        find: 'crc32c(bytes.subarray(12)) !== bytes.readUInt32LE(8)',
        replace: 'bytes.length < 0',
      },
      {
        file: 'pod-worker/src/recovery.ts',
        find: 'if (loaded.position <= committed) {',
        replace: 'if (loaded.position >= 0) {',
      },
    ],
  },
  {
    name: 'journal-given-up-early',
    what: 'segments are given up before their entries are committed',
    edits: [
      {
        file: SEGMENT_FILES,
        find: 'if (next.first > through + 1) return;',
        replace: 'if (next.first > through + 1000) return;',
      },
    ],
  },
  {
    name: 'no-position-check',
    what: 'a commit without an answer is sent again, and nobody looks at the position',
    edits: [
      {
        file: 'store/src/shard-session/shard-session.ts',
        find: "if (position === batch.toPosition) return 'committed';",
        replace: "if (position === batch.toPosition) return 'not-committed';",
      },
      {
        file: DATABASE,
        find: "row?.['epoch'] === epoch && row['position'] === from;",
        replace: "row?.['epoch'] === epoch;",
      },
      {
        file: DATABASE,
        find: 'if (!joins(transaction.find(producers, key))) continue;',
        replace: '',
      },
      {
        file: DATABASE,
        find: 'if (standing === undefined || !joins(standing)) continue;',
        replace: 'if (standing === undefined) continue;',
      },
    ],
  },
  {
    name: 'no-epoch-check',
    what: 'a commit does not look at the epoch; old sessions live on',
    edits: [
      SESSIONS_LIVE_ON,
      {
        file: DATABASE,
        find: "row?.['epoch'] === epoch && row['position'] === from;",
        replace: "row?.['position'] === from;",
      },
    ],
  },
  {
    name: 'epoch-not-raised',
    what: 'a worker that takes a shard goes on with the epoch of the one before',
    edits: [
      {
        file: DATABASE,
        find: "epoch: (row['epoch'] as bigint) + 1n, holder",
        replace: "epoch: row['epoch'] as bigint, holder",
      },
    ],
  },
  {
    name: 'unknown-commit-repeated',
    what: 'a commit without an answer is taken for one that failed',
    edits: [
      {
        file: 'store/src/shard-session/shard-session.ts',
        find: "if (position === batch.toPosition) return 'committed';",
        replace: "if (position === batch.toPosition) return 'not-committed';",
      },
    ],
  },
  {
    name: 'resume-too-early',
    what: 'after a restart a producer is told to go on one event too early',
    edits: [
      {
        file: OPEN_SHARD,
        find: 'slot.receivedThrough = recovered.receivedThrough;',
        replace: 'slot.receivedThrough = Math.max(0, recovered.receivedThrough - 1);',
      },
    ],
  },
  {
    name: 'resume-too-late',
    what: 'after a restart a producer is told to go on one event too late',
    edits: [
      {
        file: OPEN_SHARD,
        find: 'slot.receivedThrough = recovered.receivedThrough;',
        replace: 'slot.receivedThrough = recovered.receivedThrough + 1;',
      },
    ],
  },
  {
    name: 'repeat-taken-for-new',
    what: 'of a batch that is sent again in part, all is taken',
    edits: [
      {
        file: 'pod-worker/src/ingest/publish-stream.ts',
        find: 'const skipCount = expected - firstSequence;',
        replace: 'const skipCount = 0;',
      },
    ],
  },
  {
    name: 'gap-accepted',
    what: 'a batch behind a gap is taken',
    edits: [
      {
        file: 'pod-worker/src/ingest/publish-stream.ts',
        find: 'if (firstSequence > expected) {',
        replace: 'if (firstSequence > expected + 1e9) {',
      },
    ],
  },
  {
    name: 'move-forgets',
    what: 'a shard that takes a producer over begins it anew',
    edits: [
      {
        file: 'pod-worker/src/adopter.ts',
        find: 'if (record === undefined) {',
        replace: "if (record === undefined || record.name !== '') {",
      },
    ],
  },
  {
    name: 'dead-letter-apart',
    what: 'dead letters are committed before the rest of their batch',
    edits: [
      {
        file: 'store/src/shard-session/batch-steps.ts',
        find: 'steps.push(deadLetterStep(batch.deadLetters, holder));',
        replace:
          'steps.push(deadLetterStep(batch.deadLetters, holder),' +
          " { statement: COMMIT.name, values: [] }, { statement: 'begin', values: [] });",
      },
    ],
  },
  {
    name: 'window-kept-past-revision',
    what: 'a corrected trade still counts in its bar as it was',
    edits: [
      {
        file: 'core/src/window/producer-windows.ts',
        find: '    summary.remove(oldPrice, trades.size(trade), side, updates);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'ack-before-follower',
    what: 'a primary acknowledges before the other region holds it',
    regions: 2,
    edits: [
      {
        file: 'core/src/region/region-steps.ts',
        find: "return role.gate === 'mirrored' ? held : (Math.max(released, durable) as Position);",
        replace: 'return Math.max(released, durable) as Position;',
      },
    ],
  },
  {
    name: 'promoted-out-of-sync',
    what: 'a follower is promoted although it lacks what was acknowledged',
    regions: 2,
    edits: [
      {
        file: 'core/src/region/register.ts',
        find:
          '      if (region !== standby) return `${standby} is the standby, not ${region}`;\n' +
          '      return inSync ? undefined : `${standby} is not in sync`;',
        replace: '      return region === standby ? undefined : `${standby} is the standby`;',
      },
      {
        file: 'core/src/region/region-steps.ts',
        find:
          'if (!facts.isPeerSilent || !register.inSync || !mayBePrimary(register, facts))' +
          ' return undefined;',
        replace: 'if (!facts.isPeerSilent) return undefined;',
      },
    ],
  },
  {
    name: 'witness-forgets',
    what: 'a witness that is started again knows no register, and believes nobody',
    regions: 2,
    edits: [
      {
        file: 'witness/src/file-register-store.ts',
        find: '    return new FileRegisterStore(disk, folder);',
        replace:
          '    for (const name of await disk.list(folder)) await disk.remove(join(folder, name));' +
          ' return new FileRegisterStore(disk, folder);',
      },
      {
        file: 'core/src/region/shard-ledger.ts',
        find: 'if (doubt === undefined && !isAheadOf(known, register)) return ledger;',
        replace: 'if (doubt === undefined) return ledger;',
      },
    ],
  },
];
