import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type Place, portFile } from './place.ts';

const HOST = '127.0.0.1';

/** The port of the last time when it is free, so that open tools find the server again. */
export async function choosePort(place: Place): Promise<number> {
  const last = Number(await readFile(portFile(place), 'utf8').catch(() => ''));
  if (Number.isInteger(last) && last > 0 && (await listenOnce(last)) !== undefined) return last;
  const free = await listenOnce(0);
  if (free === undefined) throw new Error(`no free port on ${HOST}`);
  return free;
}

export async function rememberPort(place: Place, port: number): Promise<void> {
  await writeFile(portFile(place), `${port}\n`);
}

/** The port that was bound and let go again; undefined where it is taken. 0 asks for any. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
