// Entity capabilities: presences carry a hash of what disco#info would say, so that each kind of client has to be asked
// once only. A hash is believed after its answer was hashed here: otherwise one peer could say what all others can do.
import { createHash, getHashes } from 'node:crypto';
import { defineStanza } from '../stanza/define.ts';
import { attribute } from '../stanza/field.ts';
import { Presence } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import type { Init } from '../stanza/definition.ts';
import type { Jid } from '../jid.ts';
import type { AskOptions } from './ask.ts';
import { BoundedMap } from './bounded-map.ts';
import { Disco, readDiscoInfo, toDiscoInfoQuery, type EntityInfo, type OwnInfo } from './disco.ts';
import { formTypeOf } from './forms.ts';

/** @see XEP-0115 */
const CAPS_NS = 'http://jabber.org/protocol/caps';

const OWN_HASHES_LIMIT = 1000;
const KNOWN_HASHES_LIMIT = 2000;
const KNOWN_ADDRESSES_LIMIT = 10_000;

/** The hash in a presence. `ver` is the hash itself. @see XEP-0115 §4 */
export const Capabilities = defineStanza({
  name: 'c',
  namespace: CAPS_NS,
  plugin: 'caps',
  interfaces: { node: attribute(), ver: attribute(), hash: attribute(), ext: attribute() },
});

/**
 * The verification string of what an entity says, hashed.
 *
 * @param hash as IANA names it: `sha-1`
 * @returns undefined for a hash that is not to be had here, or an answer that may not be hashed (twice the same
 *   identity, feature or form)
 * @see XEP-0115 §5.1, §5.4
 */
export function toCapsHash(info: EntityInfo, hash = 'sha-1'): string | undefined {
  const algorithm = hash.replace('-', '').toLowerCase();
  if (!getHashes().includes(algorithm)) return undefined;
  const identities = info.identities.map(
    ({ category, type, lang, name }) => `${category}/${type}/${lang ?? ''}/${name ?? ''}`,
  );
  const forms = info.forms.flatMap((form) => {
    const type = formTypeOf(form);
    return type === undefined ? [] : [{ type, form }];
  });
  const types = forms.map(({ type }) => type);
  if (new Set(identities).size < identities.length || new Set(types).size < types.length) return undefined;
  const parts = [...sorted(identities), ...sorted(info.features)];
  for (const { type, form } of forms.sort((one, other) => compare(one.type, other.type))) {
    parts.push(type);
    const fields = form.fields.filter((field) => field.var !== undefined && field.var !== 'FORM_TYPE');
    for (const field of fields.sort((one, other) => compare(one.var ?? '', other.var ?? ''))) {
      parts.push(field.var ?? '', ...sorted(field.values));
    }
  }
  return createHash(algorithm)
    .update(parts.map((part) => `${part}<`).join(''))
    .digest('base64');
}

/** By bytes of UTF-8, as i;octet (RFC 4790 §9.3) has it; comparing strings here would compare UTF-16. */
function compare(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort(compare);
}

/** Entity capabilities. Its setting names the program, as a URI. @see XEP-0115 */
export const Caps = definePlugin({
  name: 'xep_0115',
  description: 'Entity capabilities',
  dependencies: [Disco],
  defaults: { node: 'hutong:xmpp' },
  init({ client, config, on, plugin, registerStanza, addFeature, onEnd }) {
    registerStanza(Presence, Capabilities);
    addFeature(CAPS_NS);
    const disco = plugin(Disco);
    const infos = new BoundedMap<string, EntityInfo>(KNOWN_HASHES_LIMIT);
    const addresses = new BoundedMap<string, { node: string; ver: string; hash: string }>(
      KNOWN_ADDRESSES_LIMIT,
    );
    // Hashes stay known after features changed: presences that carry them are still out there.
    const told = new Map<string, () => void>();
    onEnd(() => {
      for (const forget of told.values()) forget();
    });

    const toCaps = (info: OwnInfo = disco.ownInfo()) => {
      const own = readDiscoInfo(toDiscoInfoQuery(info));
      const ver = toCapsHash(own) ?? '';
      if (!told.has(ver))
        told.set(
          ver,
          disco.setInfo({ node: `${config.node}#${ver}` }, () => info),
        );
      if (told.size > OWN_HASHES_LIMIT) {
        const [[oldest, forget] = ['', () => {}]] = told;
        told.delete(oldest);
        forget();
      }
      return Capabilities.create({ node: config.node, ver, hash: 'sha-1' });
    };

    on('presence/caps', (presence) => {
      const { node = '', ver = '', hash = '' } = presence.sub(Capabilities);
      const from = presence.attr('from') ?? '';
      if (presence.type === 'unavailable') addresses.delete(from);
      else if (presence.type === undefined && ver !== '' && hash !== '')
        addresses.set(from, { node, ver, hash });
    });

    return {
      /**
       * What a presence of ours carries: the hash of what is told at the root, or of what is told for one address of a
       * component. Where features change, presences have to be sent anew.
       */
      toCaps,
      /** An available presence with our capabilities. @throws XmppError */
      async sendPresence(values: Init<Presence> = {}): Promise<void> {
        const presence = client.presence(values);
        presence.append(toCaps());
        await presence.send();
      },
      /**
       * What the entity at a full address can do: from the hash in its presence where that is known and proven, else
       * by asking.
       *
       * @throws IqError, IqTimeout, XmppError
       */
      async info(of: Jid | string, options: AskOptions = {}): Promise<EntityInfo> {
        const caps = addresses.get(String(of));
        if (caps === undefined) return disco.info(of, options);
        const key = `${caps.hash} ${caps.ver}`;
        const known = infos.get(key);
        if (known !== undefined) return known;
        const info = await disco.info(of, { ...options, node: `${caps.node}#${caps.ver}` });
        if (toCapsHash(info, caps.hash) === caps.ver) infos.set(key, info);
        return info;
      },
    };
  },
});
