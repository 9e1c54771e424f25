// One connection of a session, from the end of the login to its own end: what is written to it, whether it is read, and
// the watch over its silence. A session that is resumed has another one, and keeps its queues.
import { XmppError } from './errors.ts';
import type { InboundQueue } from './inbound.ts';
import { Liveness } from './liveness.ts';
import type { SessionTimeouts } from './session-options.ts';
import { StreamManagement } from './stream-management.ts';
import type { Transport } from './transport.ts';

export interface SessionStreamOptions {
  readonly transport: Transport;
  /** XEP-0198 is in use. */
  readonly managed: boolean;
  readonly inbound: InboundQueue;
  readonly timeouts: Pick<SessionTimeouts, 'idleMs' | 'aliveMs'>;
  /** Asks the server for a sign of life where there is no XEP-0198 to do it with. */
  readonly ping: () => void;
  /** The socket took all that was written to it. */
  readonly drained: () => void;
}

export class SessionStream {
  readonly transport: Transport;
  /** Undefined where the server has none: then the best that is known of a stanza is that the socket took it. */
  readonly management: StreamManagement | undefined;
  readonly #liveness: Liveness;
  #paused = false;

  constructor({ transport, managed, inbound, timeouts, ping, drained }: SessionStreamOptions) {
    const management = managed ? new StreamManagement(transport, inbound) : undefined;
    this.transport = transport;
    this.management = management;
    this.#liveness = new Liveness({
      idleMs: timeouts.idleMs,
      aliveMs: timeouts.aliveMs,
      isDeaf: () => this.#paused,
      ask: () => (management === undefined ? ping() : management.ask()),
      giveUp: (silenceMs) => {
        const heardNothing = `the server was silent for ${Math.round(silenceMs / 1000)} s and did not answer`;
        transport.destroy(new XmppError('xmpp-timeout', heardNothing));
      },
    });
    transport.socket.on('drain', () => {
      drained();
      management?.drained();
    });
    if (management !== undefined) transport.beforeFlush = () => management.takeRequest();
  }

  /** Writes a stanza; `awaited`: somebody waits for its acknowledgement. False where the stream has ended; without XEP-0198 also while the socket takes no more. */
  write(stanza: string, awaited: boolean): boolean {
    const { transport, management } = this;
    if (transport.end !== undefined || (management === undefined && transport.congested)) return false;
    management?.written(awaited);
    transport.write(stanza);
    return true;
  }

  /** Something was heard from the server. */
  heard(): void {
    this.#liveness.heard();
  }

  /** Reading has stopped. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Stops reading from the socket. */
  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.transport.pause();
  }

  /** Goes on reading. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.transport.resume();
  }

  /** The connection has ended: nothing is watched any more. */
  stop(): void {
    this.#liveness.stop();
    this.management?.stop();
  }
}
