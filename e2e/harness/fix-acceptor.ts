import { type AddressInfo, createServer, type Socket } from 'node:net';
import { until } from './waiting.ts';

type Field = readonly [tag: number, value: string | number];

/** The side of a FIX 4.4 session that is connected to; it sends again what it is asked for. */
export class FixAcceptor {
  readonly #server = createServer((socket) => this.#connected(socket));
  /** What was sent under each number; undefined is a message of the session. */
  readonly #sent: ({ type: string; fields: readonly Field[] } | undefined)[] = [];
  readonly #sockets: Socket[] = [];
  /** Messages that came, with `|` between their fields. */
  readonly received: string[] = [];
  /** Nothing is said on a connection before its logon. */
  #isLoggedOn = false;
  /** Does not answer any more, as if it hung. */
  isSilent = false;

  static async open(): Promise<FixAcceptor> {
    const acceptor = new FixAcceptor();
    await new Promise<void>((resolve) => acceptor.#server.listen(0, '127.0.0.1', resolve));
    return acceptor;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#sockets.length;
  }

  /** Sends a message of the application; `isLost`: its number is used, and nothing is sent. */
  send(type: string, fields: readonly Field[], isLost = false): void {
    this.#sent.push({ type, fields });
    if (!isLost && this.#isLoggedOn) this.#write(type, this.#sent.length, fields);
  }

  /** The same under its number, with a byte changed on the way. */
  sendGarbled(type: string, fields: readonly Field[]): void {
    this.#sent.push({ type, fields });
    const text = this.#encode(type, this.#sent.length, fields);
    this.#socket?.write(text.replace('35=', '35 '));
  }

  /** A message of the session, which is not sent again. */
  sendAdmin(type: string, fields: readonly Field[] = []): void {
    this.#sent.push(undefined);
    this.#write(type, this.#sent.length, fields);
  }

  cut(): void {
    this.#socket?.destroy();
  }

  /** Numbers start over, as they do when a day ends. */
  startOver(): void {
    this.#sent.length = 0;
  }

  async hears(words: RegExp, count = 1): Promise<void> {
    await until(
      `the client sends ${words}`,
      () => this.received.filter((each) => words.test(each)).length >= count,
      { seen: () => this.received },
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #socket(): Socket | undefined {
    return this.#sockets.at(-1);
  }

  #connected(socket: Socket): void {
    this.#sockets.push(socket);
    this.#isLoggedOn = false;
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      for (;;) {
        const end = /\x0110=\d{3}\x01/.exec(text);
        if (end === null) return;
        const message = text.slice(0, end.index + end[0].length).replaceAll('\x01', '|');
        text = text.slice(end.index + end[0].length);
        this.received.push(message);
        if (!this.isSilent) this.#answer(message);
      }
    });
  }

  #answer(message: string): void {
    const of = (tag: number): string => new RegExp(`\\|${tag}=([^|]*)`).exec(message)?.[1] ?? '';
    switch (of(35)) {
      case 'A':
        if (of(141) === 'Y') this.startOver();
        this.#isLoggedOn = true;
        this.sendAdmin('A', [
          [98, 0],
          [108, of(108)],
          ...(of(141) === 'Y' ? [[141, 'Y'] as const] : []),
        ]);
        return;
      case '1':
        this.sendAdmin('0', [[112, of(112)]]);
        return;
      case '2':
        this.#resend(Number(of(7)));
        return;
      case '5':
        this.sendAdmin('5');
    }
  }

  #resend(from: number): void {
    const last = this.#sent.length;
    for (let at = from; at <= last; at += 1) {
      const message = this.#sent[at - 1];
      if (message !== undefined) this.#write(message.type, at, [[43, 'Y'], ...message.fields]);
      else
        this.#write('4', at, [
          [43, 'Y'],
          [123, 'Y'],
          [36, at + 1],
        ]);
    }
  }

  #write(type: string, sequence: number, fields: readonly Field[]): void {
    this.#socket?.write(this.#encode(type, sequence, fields));
  }

  #encode(type: string, sequence: number, fields: readonly Field[]): string {
    const head: Field[] = [
      [35, type],
      [49, 'BROKER'],
      [56, 'DESK'],
      [34, sequence],
    ];
    const all: Field[] = [...head, [52, '20250106-14:30:00.000'], ...fields];
    const body = all.map(([tag, value]) => `${tag}=${value}\x01`).join('');
    const text = `8=FIX.4.4\x019=${Buffer.byteLength(body)}\x01${body}`;
    const sum = Buffer.from(text).reduce((total, byte) => total + byte, 0) % 256;
    return `${text}10=${String(sum).padStart(3, '0')}\x01`;
  }
}
