// All plugins, for programs that choose by name what they switch on.
import type { Plugin } from '../toolkit/plugin.ts';
import { Authors } from './authors.ts';
import { Avatars } from './avatars.ts';
import { Bookmarks } from './bookmarks.ts';
import { Caps } from './caps.ts';
import { Carbons } from './carbons.ts';
import { ChatStates } from './chat-states.ts';
import { Commands } from './commands.ts';
import { Correction } from './correction.ts';
import { Delay } from './delay.ts';
import { Disco } from './disco.ts';
import { Forms } from './forms.ts';
import { Hints } from './hints.ts';
import { Invitations } from './invitations.ts';
import { Mam } from './mam.ts';
import { Markers } from './markers.ts';
import { Moderation } from './moderation.ts';
import { Muc } from './muc.ts';
import { Nicks } from './nick.ts';
import { Oob } from './oob.ts';
import { Pep } from './pep.ts';
import { Ping } from './ping.ts';
import { Privilege } from './privilege.ts';
import { Reactions } from './reactions.ts';
import { Receipts } from './receipts.ts';
import { Registrations } from './registration.ts';
import { Replies } from './replies.ts';
import { Retraction } from './retraction.ts';
import { Sharing } from './sharing.ts';
import { StanzaIds } from './stanza-ids.ts';
import { Upload } from './upload.ts';
import { VCards } from './vcard.ts';
import { Version } from './version.ts';

/** Every plugin; `for (const plugin of ALL_PLUGINS) client.plugins.register(plugin)` makes all known by name. */
export const ALL_PLUGINS: readonly Plugin[] = [
  Authors,
  Avatars,
  Bookmarks,
  Caps,
  Carbons,
  ChatStates,
  Commands,
  Correction,
  Delay,
  Disco,
  Forms,
  Hints,
  Invitations,
  Mam,
  Markers,
  Moderation,
  Muc,
  Nicks,
  Oob,
  Pep,
  Ping,
  Privilege,
  Reactions,
  Receipts,
  Registrations,
  Replies,
  Retraction,
  Sharing,
  StanzaIds,
  Upload,
  VCards,
  Version,
];
