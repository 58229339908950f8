// Builds the console if need be and prints where it is: `node console/build/main.ts [folder]`.
// The supervisor of local mode runs this beside the feeds, which go first.
import os from 'node:os';
import path from 'node:path';
import { ensureConsole } from './ensure-console.ts';

os.setPriority(os.constants.priority.PRIORITY_LOW);
const [place] = process.argv.slice(2);
const folder = await ensureConsole(place === undefined ? undefined : path.resolve(place));
process.stdout.write(`${folder}\n`);
