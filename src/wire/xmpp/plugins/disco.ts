// Service discovery: what others are and have, and what is told of the own addresses. The toolkit answers for the client
// as a whole by itself; with this plugin on, nodes, items, further identities and forms can be told too, and a component
// can tell something else for every address it has.
import { DEFAULT_DISCO, type DiscoInfo } from '../disco.ts';
import { parseJid, type Jid } from '../jid.ts';
import { NS } from '../namespaces.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import { jid as jidCodec } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, children } from '../stanza/field.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';
import { DataForm, Forms } from './forms.ts';
import { readAll, ResultSet, toPage, toResultSet, type Page, type PageQuery } from './rsm.ts';

const PAGE_ITEMS = 100;

const DiscoIdentity = defineStanza({
  name: 'identity',
  namespace: NS.discoInfo,
  plugin: 'disco_identity',
  interfaces: { category: attribute(), type: attribute(), name: attribute() },
});

const DiscoFeature = defineStanza({
  name: 'feature',
  namespace: NS.discoInfo,
  plugin: 'disco_feature',
  interfaces: { var: attribute() },
});

/** What an entity is and can do. @see XEP-0030 §3, XEP-0128 */
export const DiscoInfoQuery = defineStanza({
  name: 'query',
  namespace: NS.discoInfo,
  plugin: 'disco_info',
  interfaces: {
    node: attribute(),
    identities: children(DiscoIdentity),
    features: children(DiscoFeature),
    forms: children(DataForm),
  },
});
export type DiscoInfoQuery = StanzaOf<typeof DiscoInfoQuery>;

const DiscoItem = defineStanza({
  name: 'item',
  namespace: NS.discoItems,
  plugin: 'disco_item',
  interfaces: { jid: attribute(jidCodec), node: attribute(), name: attribute() },
});

/** What an entity has. @see XEP-0030 §4 */
export const DiscoItemsQuery = defineStanza({
  name: 'query',
  namespace: NS.discoItems,
  plugin: 'disco_items',
  interfaces: { node: attribute(), items: children(DiscoItem) },
});

/** What kind of thing an entity is. @see https://xmpp.org/registrar/disco-categories.html */
export interface Identity {
  readonly category: string;
  readonly type: string;
  readonly name?: string | undefined;
  /** The language of the name; '' where none is told. */
  readonly lang?: string;
}

/** What an entity says of itself. */
export interface EntityInfo {
  readonly identities: readonly Identity[];
  readonly features: ReadonlySet<string>;
  readonly forms: readonly DataForm[];
}

/** Something that an entity has. */
export interface EntityItem {
  readonly jid: Jid;
  readonly node: string | undefined;
  readonly name: string | undefined;
}

/** Where something is told: at an address of ours (all of them where none is named), at a node or at the root. */
export interface Place {
  readonly jid?: Address | undefined;
  readonly node?: string | undefined;
}

/** What is told of a place. */
export interface OwnInfo {
  readonly identities: readonly Identity[];
  readonly features: Iterable<string>;
  readonly forms?: readonly DataForm[];
}

/** Who asks, and which address of ours. */
export interface Asker {
  readonly from: Jid | undefined;
  readonly to: Jid | undefined;
}

/** Says what is told to who asks. */
export type Tell<T> = (asker: Asker) => T | Promise<T>;

/** An item to tell. */
export interface OwnItem {
  readonly jid: Address;
  readonly node?: string | undefined;
  readonly name?: string | undefined;
}

/** Reads an answer, or what stands in an archive of answers. Features and items without a name are left out. */
export function readDiscoInfo(query: DiscoInfoQuery): EntityInfo {
  return {
    identities: query.identities.map((each) => ({
      category: each.category ?? '',
      type: each.type ?? '',
      name: each.name,
      // Its own, not what it inherits: servers write a language on stanzas that others made, and hashes must not change.
      lang: each.attr('xml:lang') ?? '',
    })),
    features: new Set(query.features.flatMap((feature) => feature.var ?? [])),
    forms: query.forms,
  };
}

/** The answer that tells this. */
export function toDiscoInfoQuery(info: OwnInfo, node?: string): DiscoInfoQuery {
  const query = DiscoInfoQuery.create({ node });
  for (const { category, type, name, lang } of info.identities) {
    const identity = DiscoIdentity.create({ category, type, name });
    identity.lang = lang;
    query.append(identity);
  }
  for (const feature of [...new Set(info.features)].sort())
    query.append(DiscoFeature.create({ var: feature }));
  for (const form of info.forms ?? []) query.append(form.clone());
  return query;
}

/** Whether an entity says that it can do this: `hasFeature(await disco.info(to), 'urn:xmpp:mam:2')`. */
export function hasFeature(info: EntityInfo, feature: string): boolean {
  return info.features.has(feature);
}

const DEFAULTS: { readonly identity: Pick<DiscoInfo, 'category' | 'type' | 'name'> } = {
  identity: DEFAULT_DISCO,
};

/** Service discovery. Its setting is the identity told at the root, in place of the toolkit's `disco`. @see XEP-0030 */
export const Disco = definePlugin({
  name: 'xep_0030',
  description: 'Service discovery',
  dependencies: [Forms],
  defaults: DEFAULTS,
  init({ client, config, on, registerStanza, addFeature }) {
    registerStanza(Iq, DiscoInfoQuery);
    registerStanza(Iq, DiscoItemsQuery);
    registerStanza(DiscoItemsQuery, ResultSet);
    addFeature(NS.discoItems);
    const infos = new Map<string, Tell<OwnInfo>>();
    const items = new Map<string, Tell<Iterable<OwnItem>>>();

    /** What is told at the root of addresses that nothing else was set for. */
    const ownInfo = (): OwnInfo => ({
      identities: [config.identity],
      features: [NS.discoInfo, NS.ping, ...client.features.toInfo().features],
    });

    on('iq@type=get/disco_info', async (iq) => {
      const { node } = iq.sub(DiscoInfoQuery);
      const tell = find(infos, iq.to, node);
      if (tell === undefined && node !== undefined) throw new StanzaErrorReply('item-not-found');
      return toDiscoInfoQuery(await (tell ?? ownInfo)(iq), node);
    });
    on('iq@type=get/disco_items', async (iq) => {
      const { node } = iq.sub(DiscoItemsQuery);
      const tell = find(items, iq.to, node);
      if (tell === undefined && node !== undefined && find(infos, iq.to, node) === undefined) {
        throw new StanzaErrorReply('item-not-found');
      }
      const answer = DiscoItemsQuery.create({ node });
      for (const item of (await tell?.(iq)) ?? [])
        answer.append(DiscoItem.create({ ...item, jid: toAddress(item.jid) }));
      return answer;
    });

    const info = async (
      to: Address | undefined,
      { node, ...options }: AskOptions & { readonly node?: string } = {},
    ): Promise<EntityInfo> => {
      const answer = await ask(client, 'get', to, DiscoInfoQuery.create({ node }), options);
      return readDiscoInfo(contentOf(answer, DiscoInfoQuery));
    };
    const itemsPage = async (
      to: Address,
      { node, max, after, before, ...options }: AskOptions & PageQuery & { readonly node?: string } = {},
    ): Promise<Page<EntityItem>> => {
      const query = DiscoItemsQuery.create({ node });
      const set = toResultSet({ ...(max !== undefined && { max }), after, before });
      if (set !== undefined) query.append(set);
      const found = contentOf(await ask(client, 'get', to, query, options), DiscoItemsQuery);
      const list = found.items.flatMap((item) =>
        item.jid === undefined ? [] : [{ jid: item.jid, node: item.node, name: item.name }],
      );
      return toPage(list, found.findSub(ResultSet));
    };
    return {
      /** Asks an entity what it is and can do; undefined asks the own account. @throws IqError, IqTimeout, XmppError */
      info,
      /** One page of what an entity has; all of it where it knows no pages. @throws IqError, IqTimeout, XmppError */
      itemsPage,
      /** Everything an entity has, page after page. @throws IqError, IqTimeout, XmppError */
      items: (to: Address, options: AskOptions & { readonly node?: string } = {}) =>
        readAll((after) => itemsPage(to, { max: PAGE_ITEMS, ...options, after })),
      /** What is told of the own root. */
      ownInfo,
      /** Tells this at a place, in place of what was told there. @returns ends that */
      setInfo(place: Place, tell: Tell<OwnInfo>): () => void {
        return put(infos, place, tell);
      },
      /** Tells these items at a place, in place of those told there. @returns ends that */
      setItems(place: Place, tell: Tell<Iterable<OwnItem>>): () => void {
        return put(items, place, tell);
      },
    };
  },
});

function keyOf({ jid, node }: Place): string {
  return `${jid === undefined ? '' : String(toAddress(jid))}\n${node ?? ''}`;
}

function put<T>(map: Map<string, T>, place: Place, value: T): () => void {
  const key = keyOf(place);
  map.set(key, value);
  return () => {
    if (map.get(key) === value) map.delete(key);
  };
}

/** What is told at this address, or else at every address. */
function find<T>(map: ReadonlyMap<string, T>, to: Jid | undefined, node: string | undefined): T | undefined {
  return (
    map.get(keyOf({ jid: to, node })) ?? map.get(keyOf({ jid: to?.bare, node })) ?? map.get(keyOf({ node }))
  );
}

function toAddress(address: Address): Jid {
  return typeof address === 'string' ? parseJid(address) : address;
}
