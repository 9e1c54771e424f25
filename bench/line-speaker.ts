/** One telnet client of the house that speaks, and hears each whole line as it comes. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export class LineSpeaker implements Disposable {
  /** Called with each line, without its end. */
  onLine: (line: string) => void = () => {};
  readonly #socket: Socket;
  #rest = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\r\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.onLine(line);
    });
  }

  /** Connects and logs in. */
  static async enter(port: number, nick: string): Promise<LineSpeaker> {
    const socket = connect({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    const speaker = new LineSpeaker(socket);
    const { promise: inside, resolve } = Promise.withResolvers<void>();
    speaker.onLine = (line) => {
      if (line.startsWith(`You are ${nick},`)) resolve();
    };
    socket.write(`login ${nick}\r\n`);
    await inside;
    speaker.onLine = () => {};
    return speaker;
  }

  /** Says each of the texts, in one write. */
  say(...texts: readonly string[]): void {
    this.#socket.write(texts.map((text) => `say ${text}\r\n`).join(''));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
