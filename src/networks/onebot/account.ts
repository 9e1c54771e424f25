/** A QQ account behind a OneBot implementation, as the hub runs it. */
import type { Clock } from '../../hub/clock.ts';
import type { AccountPort, Network } from '../../hub/network.ts';
import type { OneBotConfig } from './config.ts';
import { toAccountError } from './failures.ts';
import { openTransport } from './open-transport.ts';
import { parseRoomName } from './room-name.ts';
import { Session } from './session.ts';

export class OneBotAccount implements Network {
  readonly #config: OneBotConfig;
  readonly #clock: Clock;

  constructor(config: OneBotConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  parseRoom(name: string): string {
    return parseRoomName(name);
  }

  async run(port: AccountPort, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const parts = { config: this.#config, port, clock: this.#clock, signal };
    const session = new Session(parts);
    try {
      port.state({ phase: 'connecting' });
      await using transport = await openTransport({
        ...parts,
        onEvent: (event) => session.take(event),
      });
      await session.run(transport);
    } catch (error) {
      throw toAccountError(error);
    }
  }
}
