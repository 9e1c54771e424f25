/** A person with slixmpp as their client, who uses the component as a gateway: one step after the other. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { XmppServer } from '../servers/xmpp-server.ts';

/** What a step of a command showed. */
export interface Shown {
  status: string;
  notes: string[];
  values: string[];
}

export class GatewayUser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #told: [kind: string, value: unknown][] = [];
  #wake = Promise.withResolvers<void>();
  #errors = '';
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! });
    this.#lines.on('line', (line) => {
      this.#told.push(JSON.parse(line) as [string, unknown]);
      this.#tell();
    });
    this.#lines.on('close', () => {
      this.#ended = true;
      this.#tell();
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
  }

  static async connect(
    server: XmppServer,
    name: string,
    password: string,
    gateway: string,
  ): Promise<GatewayUser> {
    const script = join(import.meta.dirname, 'slixmpp-gateway.py');
    const { domain, host, port, caPath } = server;
    const child = spawn(
      '/usr/bin/python3',
      [script, `${name}@${domain}`, password, host, String(port), caPath, gateway],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const user = new GatewayUser(child);
    await user.told('ready');
    return user;
  }

  /** Does a step and answers what came of it; `error CONDITION` where it was refused. */
  async do(step: string, ...values: unknown[]): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify([step, ...values])}\n`);
    const [kind, value] = await this.#take((each) => [step, 'error', 'failed'].includes(each));
    if (kind === 'failed') throw new Error(`${step}: ${String(value)}`);
    return kind === 'error' ? `error ${String(value)}` : value;
  }

  /** Runs a command with the values of its forms, and answers what each step showed. */
  async run(node: string, ...forms: Record<string, string>[]): Promise<Shown[]> {
    return (await this.do('run', node, ...forms)) as Shown[];
  }

  /** The next thing of a kind that came by itself, in its order. */
  async told(kind: string): Promise<unknown> {
    const [, value] = await this.#take((each) => each === kind);
    return value;
  }

  async #take(wanted: (kind: string) => boolean): Promise<[kind: string, value: unknown]> {
    for (;;) {
      const index = this.#told.findIndex(([kind]) => wanted(kind));
      if (index !== -1) return this.#told.splice(index, 1)[0]!;
      if (this.#ended) {
        throw new Error(`slixmpp ended after ${JSON.stringify(this.#told)}: ${this.#errors}`);
      }
      await this.#wake.promise;
    }
  }

  #tell(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await exited;
    }
  }
}
