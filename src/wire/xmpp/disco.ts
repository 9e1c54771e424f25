// The two requests every entity is expected to answer: "are you there" and "what can you do".
import { xml, type XmlElement } from './element.ts';
import type { IqTable } from './iq.ts';
import { NS } from './namespaces.ts';
import { StanzaErrorReply } from './stanza-error.ts';

/** What is told to who asks. */
export interface DiscoInfo {
  /** @see https://xmpp.org/registrar/disco-categories.html */
  readonly category: string;
  readonly type: string;
  readonly name: string;
  /** Namespaces; disco#info and ping need not be named. */
  readonly features: readonly string[];
}

export const DEFAULT_DISCO: DiscoInfo = { category: 'client', type: 'bot', name: 'hutong', features: [] };

/** Answers XEP-0199 pings and XEP-0030 information requests for the entity itself (no nodes). */
export function answerBasics(table: IqTable, info: DiscoInfo): void {
  table.handle(NS.ping, (request) => {
    requireGet(request);
    return undefined;
  });
  table.handle(NS.discoInfo, (request) => toDiscoAnswer(request, info));
}

/**
 * The answer to a disco#info request for the entity itself.
 *
 * @throws StanzaErrorReply `item-not-found` for any node
 * @see XEP-0030 §3.1
 */
export function toDiscoAnswer(request: XmlElement, info: DiscoInfo): XmlElement {
  requireGet(request);
  if (request.child('query', NS.discoInfo)?.attr('node') !== undefined)
    throw new StanzaErrorReply('item-not-found');
  const features = [...new Set([NS.discoInfo, NS.ping, ...info.features])].sort();
  return xml(
    'query',
    { xmlns: NS.discoInfo },
    xml('identity', { category: info.category, type: info.type, name: info.name }),
    ...features.map((feature) => xml('feature', { var: feature })),
  );
}

function requireGet(request: XmlElement): void {
  if (request.attr('type') !== 'get') throw new StanzaErrorReply('bad-request', 'modify');
}
