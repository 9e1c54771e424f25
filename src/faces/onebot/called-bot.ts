/** What those who call a bot are given of it: by a WebSocket that we open (`reverse.ts`), or by HTTP (`posting.ts`). */
import type { WebSocket } from 'ws';
import type { BotProgress } from '../../hub/bot-progress.ts';
import type { Tail } from '../../hub/tail.ts';
import type { BotSocketOptions } from './bot-socket.ts';
import type { BotTarget } from './config.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { OneBotHost } from './host.ts';
import type { Bot } from './rights.ts';
import type { Telling } from './teller.ts';

/** A target with who it is. */
export interface CalledBot {
  target: BotTarget;
  bot: Bot;
  /** Under which its place in the events is kept. */
  key: string;
}

/** A bot whose WebSocket is open. */
export type ServedBot = Pick<
  BotSocketOptions,
  'bot' | 'role' | 'key' | 'start' | 'connection' | 'isAllowed' | 'isMasked'
>;

/** What all who are called share. */
export interface CallingParts {
  host: OneBotHost;
  dispatcher: Dispatcher;
  tail: Tail;
  progress: BotProgress;
  readonly toTelling: (bot: Bot) => Telling;
  /** Resolves when the WebSocket is closed. */
  readonly serve: (socket: WebSocket, served: ServedBot) => Promise<void>;
}
