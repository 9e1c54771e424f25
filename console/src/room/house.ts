/** A house as the web room sees it: its connection, the room that one is in, and who one is there. */
import { computed, signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';
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
  const nick = signal<string | undefined>(undefined);
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
      const roomName = room.name.value || (first?.name ?? '');
      const session = readKept(spanOf(told), sessionKey(account, told));
      // From an epoch that never was: this page knows nothing of the room yet.
      const again = session && { session, room: roomName, epoch: 'none', position: 0, own: 0 };
      const resume = room.resume() ?? again;
      return {
        room: roomName,
        // Users are called by their own name, unless the house refused it and they chose another.
        ...(nick.value === undefined ? {} : { nick: nick.value }),
        ...(resume ? { resume } : {}),
      };
    },
    onFrame(frame: FromHouse) {
      if (frame.type === 'hello') {
        hello.value = frame;
        if (refused.value === undefined) nick.value ??= readKept('browser', nickKey(frame));
      }
      if (frame.type === 'welcome') {
        refused.value = undefined;
        const told = hello.value;
        if (told !== undefined) keep(spanOf(told), sessionKey(account, told), frame.session);
      }
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
        nick.value === undefined &&
        (hello.value.user === undefined
          ? hello.value.guests
          : refused.value?.code.startsWith('nick-') === true),
    ),
    chooseNick(chosen: string) {
      nick.value = chosen;
      if (hello.value !== undefined) keep('browser', nickKey(hello.value), chosen);
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

/** Each user of a browser has a nick of their own; guests share one. */
function nickKey({ user }: Hello): string {
  return `nick.${user?.name ?? ''}`;
}

/** Users are one person in all their tabs, guests in each. */
function spanOf({ user }: Hello): 'tab' | 'browser' {
  return user === undefined ? 'tab' : 'browser';
}

function sessionKey(account: string, { user }: Hello): string {
  return `house.${account}.${user?.name ?? ''}`;
}
