/** What the hub can ask of the puppet; `Arguments` in src/networks/wechaty/protocol.ts tells what each takes. */
import type { Arguments } from '../../src/networks/wechaty/protocol.ts';
import { readFile, writeFile } from './files.ts';
import type { Puppet } from './puppet.ts';

/** Of a picture as it was sent, and as it is shown large. @see wechaty-puppet's types.Image */
const PICTURE_SIZES = [3, 2];

/** The calls that need a puppet that was started. */
export type Calls = {
  [Name in Exclude<keyof Arguments, 'start' | 'ping'>]: (
    puppet: Puppet,
    ...given: Arguments[Name]
  ) => Promise<unknown>;
};

export const calls: Calls = {
  ding: async (puppet) => void puppet.ding('hutong'),
  logout: (puppet) => puppet.logout('the hub asked for it'),
  contact: (puppet, id) => puppet.contactPayload(id),
  contacts: (puppet) => puppet.contactList(),
  room: (puppet, id) => puppet.roomPayload(id),
  rooms: (puppet) => puppet.roomList(),
  members: (puppet, room) => puppet.roomMemberList(room),
  member: (puppet, room, contact) => puppet.roomMemberPayload(room, contact),
  sharedContact: (puppet, message) => puppet.messageContact(message),
  location: (puppet, message) => puppet.messageLocation(message),
  miniProgram: (puppet, message) => puppet.messageMiniProgram(message),
  link: (puppet, message) => puppet.messageUrl(message),
  async fetchFile(puppet, message, { file, limitBytes, isPicture }) {
    return writeFile(await openFile(puppet, message, isPicture), file, limitBytes);
  },
  sendText: (puppet, conversation, text, mentions) =>
    puppet.messageSendText(conversation, text, ...(mentions.length > 0 ? [mentions] : [])),
  async sendFile(puppet, conversation, { file, name }) {
    return puppet.messageSendFile(conversation, await readFile(file, name));
  },
  sendLink: (puppet, conversation, link) => puppet.messageSendUrl(conversation, link),
  recall: (puppet, message) => puppet.messageRecall(message),
  acceptContact: (puppet, request) => puppet.friendshipAccept(request),
  acceptRoom: (puppet, request) => puppet.roomInvitationAccept(request),
};

async function openFile(puppet: Puppet, message: string, isPicture: boolean) {
  try {
    return await puppet.messageFile(message);
  } catch (error) {
    // Some puppets hand pictures over in another way only.
    if (!isPicture) throw error;
    for (const size of PICTURE_SIZES) {
      try {
        return await puppet.messageImage(message, size);
      } catch {
        // What the first way said is told below.
      }
    }
    throw error;
  }
}
