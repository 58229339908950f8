import type { FeedmillError } from '@feedmill/core/errors';
import type { SimEnd } from '../kernel/sim-process.ts';
import type { WorkerNode } from './worker-node.ts';
import type { World } from './world.ts';

/** Whether an end was to be expected, and whether the process is started again. */
export function judgeEnd(world: World, name: string, end: SimEnd): 'restart' | 'leave' {
  const worker = world.workers.find((node) => node.name === name);
  if (end.kind === 'killed') return 'restart';
  if (end.kind === 'done') return worker === undefined ? 'leave' : 'restart';
  if (worker !== undefined) judgeWorker(world, worker, end.error);
  else if (world.supervisors.some((node) => node.name === name)) {
    judgeSupervisor(world, end.error);
  } else judgeProducer(world, name, end.error);
  return 'restart';
}

function judgeWorker(world: World, node: WorkerNode, { code, message }: FeedmillError): void {
  const { damage } = world;
  // It waits for the right volume; another's that is damaged may not even say whose it is.
  const isForeign = code === 'JOURNAL_FOREIGN' || code === 'JOURNAL_CORRUPT';
  if (isForeign && !node.hasOwnVolume) return;
  switch (code) {
    case 'STORE_UNAVAILABLE':
      return;
    case 'FENCED':
      if (!message.includes(`held by ${node.kept.program?.name} `)) {
        // One that was replaced may have taken the shard after its successor had looked.
        if (node.kept.wasReplaced) return;
        // So may one that was killed, and on a new volume nobody knows that it ever lived.
        if (node.acceptsJournalLoss) return;
      }
      break;
    case 'JOURNAL_IO':
      if (damage.syncErrors(node.volume.name) > 0) return;
      // A new volume without any room cannot be begun; it is tried until there is some.
      if (node.volume.takenBytes > 0 && message.includes('cannot be opened')) return;
      break;
    case 'JOURNAL_CORRUPT':
    case 'JOURNAL_BEHIND':
      if (damage.of(node.volume.name).length === 0) break;
      giveUpJournal(world, node);
      return;
    default:
  }
  world.findings.add('unexplained end', `${node.name} ended with ${code}: ${message}`);
}

/** docs/runbooks: the journal is moved away, and the worker starts behind what Postgres holds. */
function giveUpJournal(world: World, node: WorkerNode): void {
  world.note(`${node.name}: its journal is given up`);
  world.damage.forget(node.volume.name);
  world.forgiveLoss(node.volume);
  const { names } = node.volume;
  for (const [path] of names.entries()) {
    if (path.includes('/journal/')) names.remove(path);
  }
  // Moved away for good: no copy of the volume has it any more.
  names.syncAll();
  node.acceptsJournalLoss = true;
}

function judgeSupervisor(world: World, { code, message }: FeedmillError): void {
  if (code === 'WORKER_UNAVAILABLE') return;
  world.findings.add('unexplained end', `the supervisor ended with ${code}: ${message}`);
}

function judgeProducer(world: World, name: string, { code, message }: FeedmillError): void {
  // Whoever was promised what is gone with a journal has to start anew.
  if (code === 'PRODUCER_REFUSED' && world.damage.givenUp.size > 0) return;
  // Of two under one name the older ends; whoever keeps it starts it again.
  const node = world.producers.find((each) => each.name === name);
  if (code === 'PRODUCER_REFUSED' && node?.wasCopied === true) return;
  world.findings.add('unexplained end', `${name} ended with ${code}: ${message}`);
}

/** A worker whose shard was given to another: it ends as soon as it learns of it. */
export function judgeZombie(world: World, name: string, end: SimEnd): void {
  if (end.kind !== 'failed') return;
  const { code, message } = end.error;
  if (code === 'FENCED' || code === 'STORE_UNAVAILABLE' || code === 'JOURNAL_IO') return;
  world.findings.add('unexplained end', `${name}, long replaced, ended with ${code}: ${message}`);
}
