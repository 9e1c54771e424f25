// What rooms write into the stanzas of their occupants, and what their owners and moderators ask of them.
import { integer, jid, oneOf } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, child, children, subText } from '../stanza/field.ts';
import { MUC_ADMIN_NS, MUC_NS, MUC_OWNER_NS, MUC_USER_NS } from '../muc.ts';
import { DataForm } from './forms.ts';

export const AFFILIATIONS = ['owner', 'admin', 'member', 'none', 'outcast'] as const;
export const ROLES = ['moderator', 'participant', 'visitor', 'none'] as const;

/** A lasting right in a room, of an account. @see XEP-0045 §5.2 */
export type Affiliation = (typeof AFFILIATIONS)[number];

/** What an occupant may do now. @see XEP-0045 §5.1 */
export type Role = (typeof ROLES)[number];

const item = {
  affiliation: attribute(oneOf(...AFFILIATIONS)),
  role: attribute(oneOf(...ROLES)),
  jid: attribute(jid),
  nick: attribute(),
  reason: subText(),
};

const UserItem = defineStanza({ name: 'item', namespace: MUC_USER_NS, plugin: 'muc_item', interfaces: item });
const UserStatus = defineStanza({
  name: 'status',
  namespace: MUC_USER_NS,
  plugin: 'muc_status',
  interfaces: { code: attribute(integer) },
});
/** An invitation by way of the room: to somebody, or from somebody. @see XEP-0045 §7.8.2 */
export const MucInvite = defineStanza({
  name: 'invite',
  namespace: MUC_USER_NS,
  plugin: 'muc_invite',
  interfaces: { to: attribute(jid), from: attribute(jid), reason: subText() },
});
const UserDestroy = defineStanza({
  name: 'destroy',
  namespace: MUC_USER_NS,
  plugin: 'muc_destroy',
  interfaces: { jid: attribute(jid), reason: subText() },
});

/** What a room says of who a stanza is from. @see XEP-0045 §15.2 */
export const MucUser = defineStanza({
  name: 'x',
  namespace: MUC_USER_NS,
  plugin: 'muc',
  interfaces: {
    item: child(UserItem),
    statuses: children(UserStatus),
    invites: children(MucInvite),
    destroy: child(UserDestroy),
    password: subText(),
  },
});
export type MucUser = StanzaOf<typeof MucUser>;

const History = defineStanza({
  name: 'history',
  namespace: MUC_NS,
  plugin: 'muc_history',
  interfaces: {
    maxstanzas: attribute(integer),
    maxchars: attribute(integer),
    seconds: attribute(integer),
    since: attribute(),
  },
});

/** In the presence that enters a room. @see XEP-0045 §15.1 */
export const MucJoin = defineStanza({
  name: 'x',
  namespace: MUC_NS,
  plugin: 'muc_join',
  interfaces: { password: subText(), history: child(History) },
});

/** An entry of a list of affiliations or roles. */
export const AdminItem = defineStanza({
  name: 'item',
  namespace: MUC_ADMIN_NS,
  plugin: 'muc_item',
  interfaces: item,
});

/** Lists and changes affiliations and roles. @see XEP-0045 §9 */
export const MucAdmin = defineStanza({
  name: 'query',
  namespace: MUC_ADMIN_NS,
  plugin: 'muc_admin',
  interfaces: { items: children(AdminItem) },
});

const OwnerDestroy = defineStanza({
  name: 'destroy',
  namespace: MUC_OWNER_NS,
  plugin: 'muc_destroy',
  interfaces: { jid: attribute(jid), reason: subText(), password: subText() },
});

/** Settings and the end of a room. @see XEP-0045 §10 */
export const MucOwner = defineStanza({
  name: 'query',
  namespace: MUC_OWNER_NS,
  plugin: 'muc_owner',
  interfaces: { form: child(DataForm), destroy: child(OwnerDestroy) },
});

/** Asks somebody to join a room, without the room. @see XEP-0249 */
export const DirectInvitation = defineStanza({
  name: 'x',
  namespace: 'jabber:x:conference',
  plugin: 'groupchat_invite',
  interfaces: {
    jid: attribute(jid),
    password: attribute(),
    reason: attribute(),
    thread: attribute(),
  },
});
