import { Client, credentials } from '@grpc/grpc-js';
import { within } from './waiting.ts';

const sameBytes = (bytes: Buffer): Buffer => bytes;

/** Sends one serialized message to any method and returns the first that comes back. */
export async function callRaw(address: string, path: string, request: Buffer): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  try {
    // A stream of one message each way is what a unary call is on the wire.
    const call = client.makeBidiStreamRequest<Buffer, Buffer>(path, sameBytes, sameBytes);
    const answer = new Promise<Buffer>((resolve, reject) => {
      call.once('data', resolve);
      call.once('error', reject);
    });
    call.write(request);
    call.end();
    return await within(`${path} answers`, answer);
  } finally {
    client.close();
  }
}
