// What programs get of the plugins, as a part of `hutong/xmpp`.
export { ALL_PLUGINS } from './all.ts';
export type { Address, AskOptions } from './ask.ts';
export type { Listener } from './listeners.ts';

export { Authors, type Act, type Authorship } from './authors.ts';
export { toAvatarId } from '../avatar.ts';
export { Avatars, AvatarUpdate, type AvatarChange, type AvatarInfo } from './avatars.ts';
export { Bookmarks, Conference, type Bookmark, type BookmarkChange } from './bookmarks.ts';
export { Capabilities, Caps, toCapsHash } from './caps.ts';
export { Carbons, type Carbon } from './carbons.ts';
export {
  ChatStates,
  readChatState,
  setChatState,
  type ChatState,
  type ChatStateChange,
} from './chat-states.ts';
export { Command, type Note, type StepAction } from './command-stanza.ts';
export type { CommandAnswer, CommandRequest, CommandStep } from './command-sessions.ts';
export { Commands, type OfferedCommand, type RunningCommand } from './commands.ts';
export { Correction, Replace } from './correction.ts';
export { Delay, DelayMark } from './delay.ts';
export {
  Disco,
  DiscoInfoQuery,
  DiscoItemsQuery,
  hasFeature,
  readDiscoInfo,
  toDiscoInfoQuery,
  type Asker,
  type EntityInfo,
  type EntityItem,
  type Identity,
  type OwnInfo,
  type OwnItem,
  type Place,
  type Tell,
} from './disco.ts';
export {
  DataForm,
  fillForm,
  FormField,
  FormItem,
  FormOption,
  FormReported,
  Forms,
  formTypeOf,
  readForm,
  readFormItems,
  toFormResult,
  toSubmission,
  type FormValue,
} from './forms.ts';
export { addHints, Hints, readHints, type Hint } from './hints.ts';
export { Invitations, type Invitation } from './invitations.ts';
export { ArchiveMetadata, ArchivePreferences, Mam, type HistoryQuery } from './mam.ts';
export { Markable, Markers, readMarker, type Marked, type Marker } from './markers.ts';
export { Moderation, type Moderated } from './moderation.ts';
export type { JoinedRoom, Occupant, OccupantEvent } from './muc-occupants.ts';
export {
  AdminItem,
  DirectInvitation,
  MucAdmin,
  MucInvite,
  MucJoin,
  MucOwner,
  MucUser,
  type Affiliation,
  type Role,
} from './muc-user.ts';
export { Muc, type AffiliationEntry, type Joined, type JoinOptions } from './muc.ts';
export { Nick, Nicks, type NickChange } from './nick.ts';
export { Oob, OutOfBand, type Link } from './oob.ts';
export { Pep, type PepEvent, type PepItem } from './pep.ts';
export { Ping, PingRequest } from './ping.ts';
export { Privilege, type Privileges } from './privilege.ts';
export { ReactionList, Reactions, type ReactionChange } from './reactions.ts';
export { Receipt, ReceiptRequest, Receipts, type Received } from './receipts.ts';
export { Registration, Registrations, type RegistrationDesk } from './registration.ts';
export { Fallback, readBody, Replies, Reply } from './replies.ts';
export { Retract, Retracted, Retraction } from './retraction.ts';
export { readAll, ResultSet, toPage, toResultSet, type Page, type PageQuery } from './rsm.ts';
export { checkHashes, FileSharing, Sharing, toHashes, type FileMetadata } from './sharing.ts';
export { OccupantId, OriginId, StanzaId, StanzaIds } from './stanza-ids.ts';
export {
  Upload,
  UploadRequest,
  UploadSlot,
  type Slot,
  type UploadFile,
  type UploadService,
} from './upload.ts';
export { VCard, VCards, type Photo } from './vcard.ts';
export { Version, VersionQuery, type SoftwareVersion } from './version.ts';
export type { ArchivedMessage, ArchivePage } from '../mam.ts';
export { MUC_STATUS } from '../muc.ts';
