/**
 * What the hub and a driver's process tell each other: lines of JSON over a pipe of their own. The other end is
 * drivers/wechaty, which takes its types from here and nothing else. Whatever comes from there is parsed before it is
 * believed: the process runs programs of others.
 */
import { z } from 'zod';

/** The version of this protocol that the driver has to speak. */
export const PROTOCOL = 1;
/** The longest line, characters. */
export const LINE_LIMIT = 8 * 1024 * 1024;

/** What can be asked of the driver, with what each takes. Ids are the puppet's own. */
export interface Arguments {
  /** Loads the puppet and starts it. Once. */
  start: [{ puppet: string; options: Readonly<Record<string, unknown>> }];
  /** Asks the driver itself, not the puppet. */
  ping: [];
  /** Asks the puppet, which answers by the event `dong`. */
  ding: [];
  logout: [];
  contact: [contact: string];
  contacts: [];
  room: [room: string];
  rooms: [];
  members: [room: string];
  member: [room: string, contact: string];
  sharedContact: [message: string];
  location: [message: string];
  miniProgram: [message: string];
  link: [message: string];
  /** Writes a message's file into the account's folder `files`, under the name `file`. */
  fetchFile: [message: string, into: { file: string; limitBytes: number; isPicture: boolean }];
  sendText: [conversation: string, text: string, mentions: readonly string[]];
  /** Sends what is under the name `file` in the account's folder `files`. */
  sendFile: [conversation: string, from: { file: string; name: string }];
  sendLink: [conversation: string, link: { title: string; url: string; description?: string }];
  recall: [message: string];
  acceptContact: [request: string];
  acceptRoom: [request: string];
}

export type Method = keyof Arguments;

/** Why the driver refuses a call. */
export type RefusalCode = 'not-installed' | 'no-puppet' | 'unsupported' | 'too-large' | 'failed';

export type ToDriver =
  | { type: 'call'; id: number; method: Method; args: readonly unknown[] }
  /** An event that had a `seq` is durable: it need not be told again. */
  | { type: 'ack'; seq: number };

export const fromDriver = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.number() }),
  z.object({ type: z.literal('reply'), id: z.number(), result: z.unknown().optional() }),
  z.object({ type: z.literal('refusal'), id: z.number(), code: z.string(), message: z.string() }),
  /** With `seq`: it is told again, by the next process too, until it is acknowledged. */
  z.object({
    type: z.literal('event'),
    name: z.string(),
    payload: z.unknown().optional(),
    seq: z.number().optional(),
  }),
  /** The process ends. */
  z.object({ type: z.literal('fatal'), message: z.string() }),
]);

export type FromDriver = z.input<typeof fromDriver>;
export type DriverEvent = Extract<z.output<typeof fromDriver>, { type: 'event' }>;
