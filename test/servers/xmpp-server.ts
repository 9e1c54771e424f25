// What the tests know of a real XMPP server, whichever program it is: where it listens, and how to stop and start it on
// the same data and ports.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates, type CertificateFlaw, type Certificates } from './certificates.ts';
import { takeFreePorts } from './free-port.ts';
import { ServerProcess, type ServerCommand } from './server-process.ts';

export interface XmppServerOptions {
  /** Accounts of the domain: name and password. */
  readonly users?: readonly (readonly [name: string, password: string])[];
  /** Rooms at `conference.localhost`. Default true. */
  readonly muc?: boolean;
  /** An archive for accounts and rooms. Default true. */
  readonly mam?: boolean;
  /** TLS: STARTTLS required, and a second port with direct TLS. Without it the port is in the clear. Default true. */
  readonly tls?: boolean;
  readonly certificate?: CertificateFlaw;
  /** TLS 1.2 and no newer. Default false. */
  readonly onlyTls12?: boolean;
  /** What password hash is stored, which decides the SCRAM that is offered. Default `SHA-1`. */
  readonly passwordHash?: 'SHA-1' | 'SHA-256';
  /** Limits of bandwidth as the server has them by default. Default: none. */
  readonly rateLimits?: boolean;
  /** More modules, by the server's own names. */
  readonly modules?: readonly string[];
  /** An external component. */
  readonly component?: { readonly domain: string; readonly secret: string };
  /** A place for files at `upload.localhost` (XEP-0363); Prosody only. */
  readonly uploads?: { readonly fileLimitBytes: number; readonly dailyLimitBytes?: number };
  /** Lines for the global part of the server's own configuration file. */
  readonly extraConfig?: string;
}

/** Everything a server's configuration is made of. */
export interface ServerPlan {
  readonly options: XmppServerOptions;
  readonly folder: string;
  readonly certificates: Certificates;
  readonly port: number;
  readonly tlsPort: number;
  readonly componentPort: number;
  readonly httpPort: number;
}

/** How one program is run: writes its configuration and says the command. */
export type ServerProgram = (plan: ServerPlan) => Promise<ServerCommand>;

export const DOMAIN = 'localhost';
export const MUC_DOMAIN = 'conference.localhost';

/** Other tests take ports too; this often a start is tried with new ones. */
const START_ATTEMPTS = 3;

/** A running server; `await using` stops it and removes its data. */
export class XmppServer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly domain = DOMAIN;
  readonly mucDomain = MUC_DOMAIN;
  readonly #program: ServerProgram;
  readonly #plan: ServerPlan;
  #process: ServerProcess | undefined;

  private constructor(program: ServerProgram, plan: ServerPlan, process: ServerProcess) {
    this.#program = program;
    this.#plan = plan;
    this.#process = process;
  }

  static async create(program: ServerProgram, options: XmppServerOptions): Promise<XmppServer> {
    const folder = await mkdtemp(join(tmpdir(), 'hutong-xmpp-'));
    try {
      const certificates = await createCertificates(folder, [DOMAIN, MUC_DOMAIN], options.certificate);
      for (let attempt = 1; ; attempt++) {
        const [port = 0, tlsPort = 0, componentPort = 0, httpPort = 0] = await takeFreePorts(4);
        const plan: ServerPlan = { options, folder, certificates, port, tlsPort, componentPort, httpPort };
        try {
          return new XmppServer(program, plan, await ServerProcess.start(await program(plan)));
        } catch (error) {
          if (attempt === START_ATTEMPTS) throw error;
        }
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** For clients: STARTTLS, or in the clear where TLS is off. */
  get port(): number {
    return this.#plan.port;
  }

  /** For clients, with TLS from the first byte. */
  get tlsPort(): number {
    return this.#plan.tlsPort;
  }

  get componentPort(): number {
    return this.#plan.componentPort;
  }

  /** PEM of the authority that signed the certificate. */
  get ca(): string {
    return this.#plan.certificates.ca;
  }

  get caPath(): string {
    return this.#plan.certificates.caPath;
  }

  /** What the server printed, the last of it. */
  get output(): string {
    return this.#process?.output ?? '';
  }

  /** Starts it again on the same data and ports. */
  async start(): Promise<void> {
    this.#process = await ServerProcess.start(await this.#program(this.#plan));
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its data is thrown away: nothing is gained by waiting for an orderly end.
    await this.kill();
    await rm(this.#plan.folder, { recursive: true, force: true });
  }
}
