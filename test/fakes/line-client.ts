/** A plain TCP client that reads lines: what netcat is to a person. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

export class LineClient implements AsyncDisposable {
  readonly socket: Socket;
  /** All bytes that were received and not yet taken as lines. */
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    const end = () => {
      this.#ended = true;
      this.#wake?.();
    };
    socket.on('end', end).on('close', end);
    // A connection that breaks has ended; tests see it by what `line` answers.
    socket.on('error', end);
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** The next line's bytes, with its end; `undefined` when the server has closed. */
  async bytes(): Promise<Buffer | undefined> {
    for (;;) {
      const end = this.#received.indexOf('\r\n');
      if (end !== -1) {
        const line = this.#received.subarray(0, end + 2);
        this.#received = this.#received.subarray(end + 2);
        return line;
      }
      if (this.#ended) return undefined;
      await this.#more();
    }
  }

  /** The next line as UTF-8, without its end; `undefined` when the server has closed. */
  async line(): Promise<string | undefined> {
    return (await this.bytes())?.subarray(0, -2).toString();
  }

  /** Reads up to and with the first line that the pattern matches; rejects if none comes. */
  async until(pattern: RegExp | string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined)
        throw new Error(`closed before ${String(pattern)}, after ${JSON.stringify(lines)}`);
      lines.push(line);
      if (typeof pattern === 'string' ? line === pattern : pattern.test(line)) return lines;
    }
  }

  /** All lines that come before the server closes. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let line = await this.line(); line !== undefined; line = await this.line()) lines.push(line);
    return lines;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    this.socket.destroy();
    await once(this.socket, 'close');
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

/** Connects to `host:port`, as a door's state tells it. */
export async function connectLines(address: string): Promise<LineClient> {
  const socket = connect(toTarget(address));
  await once(socket, 'connect');
  return new LineClient(socket);
}

export async function connectLinesByTls(address: string, options: ConnectionOptions): Promise<LineClient> {
  const socket = connectTls({ ...options, ...toTarget(address) });
  await once(socket, 'secureConnect');
  return new LineClient(socket);
}

function toTarget(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
