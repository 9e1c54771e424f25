/** What a way to the implementation is, whichever of the three it is. */
import { toError, type Clock } from '../../hub/clock.ts';
import type { AccountPort } from '../../hub/network.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import type { OneBotEvent } from '../../wire/onebot11/events.ts';
import type { SocketOptions } from '../../wire/onebot11/socket.ts';
import type { OneBotConfig } from './config.ts';

export interface Transport extends AsyncDisposable {
  readonly client: OneBotClient;
  /** Resolves with why when the connection is over; with HTTP there is none that could be. */
  readonly closed: Promise<Error>;
  /** Reads no more for now, or again. */
  pause(isPaused: boolean): void;
}

export interface TransportParts {
  config: OneBotConfig;
  port: AccountPort;
  clock: Clock;
  signal: AbortSignal;
  /** Called with each event in order. Settles when it is durable, or could not be made so. */
  onEvent(this: void, event: OneBotEvent): Promise<void>;
}

export function toSocketOptions({ config, port, clock, onEvent, signal }: TransportParts): SocketOptions {
  return {
    callTimeoutMs: config.callSeconds * 1000,
    after: (delayMs, fire) => clock.after(delayMs, fire),
    onEvent: (event) => {
      onEvent(event).catch(() => {
        // The inbox has ended the run for it.
      });
    },
    onHeard: () => {
      if (!signal.aborted) port.alive();
    },
    onOdd: (error) =>
      port.log.warn({ err: toError(error) }, 'something of the implementation is not understood'),
  };
}
