// What every plugin that asks somebody something has in common.
import type { XmlElement } from '../element.ts';
import { XmppError } from '../errors.ts';
import type { Jid } from '../jid.ts';
import type { StanzaDefinition } from '../stanza/definition.ts';
import type { Iq } from '../stanza/iq.ts';
import type { SendOptions } from '../stanza/root.ts';
import type { Stanza } from '../stanza/stanza.ts';
import type { Toolkit } from '../toolkit/toolkit.ts';

/** An address, as text or read. */
export type Address = Jid | string;

/** How a plugin's question is sent. */
export interface AskOptions extends SendOptions {
  /** The address that asks; for components, a client's server knows. */
  readonly from?: Address | undefined;
}

/**
 * Sends a request and resolves with the result.
 *
 * @param to undefined: the own account
 * @throws IqError, IqTimeout, XmppError
 */
export function ask(
  client: Toolkit,
  type: 'get' | 'set',
  to: Address | undefined,
  payload: Stanza | XmlElement,
  { from, ...options }: AskOptions = {},
): Promise<Iq> {
  return client.iq[type]({ to, from, payload }).send(options);
}

/**
 * The content of a result.
 *
 * @throws XmppError `xmpp-protocol-violation` for a result without it
 */
export function contentOf<S extends Stanza>(answer: Iq, definition: StanzaDefinition<S>): S {
  const found = answer.findSub(definition);
  if (found !== undefined) return found;
  const from = answer.attr('from') ?? 'the server';
  throw new XmppError(
    'xmpp-protocol-violation',
    `${from} answered without <${definition.name} xmlns="${definition.namespace}"/>`,
  );
}
