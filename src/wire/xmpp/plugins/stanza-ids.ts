// Ids that archives and rooms give to stanzas, and that rooms give to occupants. Anybody can write them into a message,
// so they count only where the entity that gives them says that it does: then it takes out what others wrote in its name.
import { jid } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import { attribute } from '../stanza/field.ts';
import { Message, Presence } from '../stanza/message.ts';
import { OCCUPANT_ID_NS, readOccupantId, readStanzaId, STANZA_ID_NS } from '../stanza-ids.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Jid } from '../jid.ts';
import { parseJid } from '../jid.ts';
import type { Address, AskOptions } from './ask.ts';
import { BoundedMap } from './bounded-map.ts';
import { Disco } from './disco.ts';

const TRUSTED_ENTITIES_LIMIT = 10_000;

/** The id that somebody gave a stanza. @see XEP-0359 §3 */
export const StanzaId = defineStanza({
  name: 'stanza-id',
  namespace: STANZA_ID_NS,
  plugin: 'stanza_id',
  pluginMulti: 'stanza_ids',
  interfaces: { id: attribute(), by: attribute(jid) },
});

/** The id that its sender gave a stanza. @see XEP-0359 §4 */
export const OriginId = defineStanza({
  name: 'origin-id',
  namespace: STANZA_ID_NS,
  plugin: 'origin_id',
  interfaces: { id: attribute() },
});

/** The id that a room gave the occupant who sent this. @see XEP-0421 */
export const OccupantId = defineStanza({
  name: 'occupant-id',
  namespace: OCCUPANT_ID_NS,
  plugin: 'occupant_id',
  interfaces: { id: attribute() },
});

/** Unique and stable stanza ids, and occupant ids. @see XEP-0359, XEP-0421 */
export const StanzaIds = definePlugin({
  name: 'xep_0359',
  description: 'Stanza ids and occupant ids',
  dependencies: [Disco],
  init({ client, plugin, registerStanza, addFeature }) {
    registerStanza(Message, StanzaId, { iterable: true });
    registerStanza(Message, OriginId);
    registerStanza(Message, OccupantId);
    registerStanza(Presence, OccupantId);
    addFeature(STANZA_ID_NS);
    const disco = plugin(Disco);
    const trusted = new BoundedMap<string, ReadonlySet<string>>(TRUSTED_ENTITIES_LIMIT);
    const gives = (entity: Jid | undefined, feature: string): boolean =>
      entity !== undefined && trusted.get(entity.toString())?.has(feature) === true;

    return {
      /**
       * Asks an entity, a room or the own account (undefined), whether it gives ids, and believes it from then on.
       *
       * @throws IqError, IqTimeout, XmppError
       */
      async learn(entity?: Address, options: AskOptions = {}): Promise<void> {
        const account = entity ?? client.jid?.bare;
        if (account === undefined) return;
        const { features } = await disco.info(account, options);
        const ids = [STANZA_ID_NS, OCCUPANT_ID_NS].filter((feature) => features.has(feature));
        trusted.set(String(typeof account === 'string' ? parseJid(account) : account), new Set(ids));
      },
      /** Stops believing an entity. */
      forget: (entity: Address) => void trusted.delete(String(entity)),
      /** Whether what an entity writes as this feature (a namespace) is believed. */
      trusts: (entity: Address, feature: string): boolean =>
        gives(typeof entity === 'string' ? parseJid(entity) : entity, feature),
      /** The id by which the archive it is in knows a message: of the room, else of the own account. */
      stanzaIdOf(message: Message): string | undefined {
        const by = message.type === 'groupchat' ? message.from?.bare : client.jid?.bare;
        return gives(by, STANZA_ID_NS) ? readStanzaId(message.xml, String(by)) : undefined;
      },
      /** The id of the occupant of a room who sent this. */
      occupantIdOf(stanza: Message | Presence): string | undefined {
        return gives(stanza.from?.bare, OCCUPANT_ID_NS) ? readOccupantId(stanza.xml) : undefined;
      },
    };
  },
});
