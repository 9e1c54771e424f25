// A stanza inside another, with the time it was sent.
import type { XmlElement } from '../element.ts';
import { NS } from '../namespaces.ts';
import { readDelay } from '../stanza-ids.ts';
import { Message } from '../stanza/message.ts';

/**
 * The message in a <forwarded/>, and when it was sent (milliseconds since the epoch); undefined where there is none.
 * Whether it is what it claims to be depends on who forwards it.
 */
export function readForwarded(
  forwarded: XmlElement | undefined,
): { readonly message: Message; readonly atMs: number | undefined } | undefined {
  const message = forwarded?.child('message', NS.client);
  if (forwarded === undefined || message === undefined) return undefined;
  return { message: Message.wrap(message), atMs: readDelay(forwarded)?.atMs };
}
