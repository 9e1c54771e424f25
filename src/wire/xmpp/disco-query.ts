// Asking others what they are and can do. (Answering such questions is the session's.)
import { xml } from './element.ts';
import type { AskOptions } from './iq.ts';
import { NS } from './namespaces.ts';
import { toTimeMs } from './stanza-ids.ts';
import type { XmppSession } from './session.ts';

/** @see XEP-0202 */
const TIME_NS = 'urn:xmpp:time';

export interface DiscoInfo {
  /** Categories and types, as `conference/text`. */
  readonly identities: ReadonlySet<string>;
  readonly features: ReadonlySet<string>;
}

/**
 * What an entity says of itself.
 *
 * @throws IqError, IqTimeout, XmppError as {@link XmppSession.iq}
 * @see XEP-0030 §3.1
 */
export async function queryDiscoInfo(
  session: Pick<XmppSession, 'iq'>,
  jid: string,
  options: AskOptions,
): Promise<DiscoInfo> {
  const request = xml('iq', { to: jid, type: 'get' }, xml('query', { xmlns: NS.discoInfo }));
  const answer = await session.iq(request, options);
  const info = answer.child('query', NS.discoInfo);
  return {
    identities: new Set(
      info?.elements('identity').map((each) => `${each.attr('category') ?? ''}/${each.attr('type') ?? ''}`),
    ),
    features: new Set(info?.elements('feature').map((each) => each.attr('var') ?? '')),
  };
}

/**
 * The time an entity has, milliseconds since the epoch; undefined where its answer holds none.
 *
 * @throws IqError, IqTimeout, XmppError as {@link XmppSession.iq}
 * @see XEP-0202
 */
export async function queryTimeMs(
  session: Pick<XmppSession, 'iq'>,
  jid: string,
  options: AskOptions,
): Promise<number | undefined> {
  const request = xml('iq', { to: jid, type: 'get' }, xml('time', { xmlns: TIME_NS }));
  const answer = await session.iq(request, options);
  const time = answer.child('time', TIME_NS);
  return toTimeMs(time?.childText('utc'));
}
