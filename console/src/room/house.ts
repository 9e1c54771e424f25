/** A house as the web room sees it: its connection, the room that one is in, and who one is there. */
import { computed, signal } from '@preact/signals';
import { HouseRoom } from './house-room.ts';
import { HouseError, HouseSocket } from './house-socket.ts';
import type { FromHouse, Hello } from './protocol.ts';
import type { ShownMessage } from '../conversation/messages.ts';
import { upload } from './upload.ts';

export type House = ReturnType<typeof openHouse>;

/**
 * Opens the connection; close its `socket` when done.
 *
 * @param onMention told of messages of others that name this person
 */
export function openHouse(
  account: string,
  wantedRoom: string | undefined,
  onMention: (message: ShownMessage) => void,
) {
  const hello = signal<Hello | undefined>(undefined);
  const refused = signal<HouseError | undefined>(undefined);
  const nick = signal<string | undefined>(readNick());
  const room = new HouseRoom(account, (message, isMention) => {
    if (isMention) onMention(message);
  });
  const socket = new HouseSocket({
    account,
    join(told) {
      if (told.user === undefined && !told.guests) {
        refused.value = new HouseError('login-required', '');
        return undefined;
      }
      if (told.user === undefined && nick.value === undefined) return undefined;
      const first = told.rooms?.find((each) => each.name === wantedRoom) ?? told.rooms?.[0];
      const resume = room.resume();
      return {
        room: room.name.value || (first?.name ?? ''),
        ...(told.user === undefined && nick.value !== undefined ? { nick: nick.value } : {}),
        ...(resume === undefined ? {} : { resume }),
      };
    },
    onFrame(frame: FromHouse) {
      if (frame.type === 'hello') hello.value = frame;
      if (frame.type === 'welcome') refused.value = undefined;
      room.take(frame);
    },
    onRefused(error) {
      refused.value = error;
      if (error.code.startsWith('nick-')) nick.value = undefined;
    },
  });
  return {
    account,
    room,
    socket,
    refused,
    name: computed(() => hello.value?.house ?? account),
    uploads: computed(() => (hello.value?.limits.uploadBytes ?? 0) > 0),
    needsNick: computed(
      () =>
        hello.value !== undefined &&
        hello.value.user === undefined &&
        hello.value.guests &&
        nick.value === undefined,
    ),
    chooseNick(chosen: string) {
      nick.value = chosen;
      keepNick(chosen);
      socket.join();
    },
    /** Goes into another room of the house. */
    async enter(name: string): Promise<void> {
      await socket.ask({ type: 'enter', room: name });
    },
    /** Keeps files, then says each. */
    async sayFiles(files: readonly File[]): Promise<void> {
      for (const file of files) {
        const { session } = room;
        if (session === undefined) return;
        await socket.ask({ type: 'say', body: [await upload(account, session, file)] });
      }
    },
  };
}

const nickKey = 'hutong.nick';

function readNick(): string | undefined {
  try {
    return sessionStorage.getItem(nickKey) ?? undefined;
  } catch {
    // Nothing is kept: one is asked again.
    return undefined;
  }
}

function keepNick(nick: string): void {
  try {
    sessionStorage.setItem(nickKey, nick);
  } catch {
    // The same: it holds until the page is closed.
  }
}
