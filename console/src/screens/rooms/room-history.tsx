/** A room's history as the hub keeps it, going on live; one may also speak there as the account. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { toMessage } from '../../api/call.ts';
import { followEvents } from '../../api/events.ts';
import type { Following } from '../../api/follow.ts';
import { postMessage, readHistory } from '../../api/hub.ts';
import { navigate } from '../../app/router.ts';
import { Composer } from '../../conversation/composer.tsx';
import { Conversation } from '../../conversation/conversation.tsx';
import { addOlder, applyEvent, fromWire, type ShownMessage } from '../../conversation/messages.ts';
import { Notice } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { JourneySheet } from '../journey/journey.tsx';
import { accountOf, nameOf, type KnownRooms } from './known-rooms.ts';
import { findPlace } from './jump.ts';
import { RoomHead } from './room-head.tsx';

const pageSize = 60;
/** So many are shown from a day on; where that reaches the present, it goes on live. */
const jumpSize = 1000;

export function RoomHistory(props: { room: string; rooms: KnownRooms; focus: string | undefined }) {
  const { room, rooms, focus } = props;
  const text = words().rooms;
  const messages = useSignal<readonly ShownMessage[] | undefined>(undefined);
  const reachedStart = useSignal(false);
  /** Looking at the past: what is new does not belong at its end. */
  const past = useSignal(false);
  const jumpedTo = useSignal<string | undefined>(undefined);
  const gap = useSignal(false);
  const error = useSignal<string | undefined>(undefined);
  const opened = useSignal<string | undefined>(undefined);

  async function load(before?: string): Promise<void> {
    try {
      const page = await readHistory({ room, before, limit: pageSize });
      reachedStart.value = page.length < pageSize;
      messages.value = addOlder(before === undefined ? [] : (messages.value ?? []), page.map(fromWire));
      error.value = undefined;
    } catch (failure) {
      error.value = toMessage(failure);
    }
  }

  async function jump(day: string): Promise<void> {
    try {
      const { page, isNewest } = await findPlace(
        (before, limit) => readHistory({ room, before, limit }),
        new Date(`${day}T00:00:00`).getTime(),
        jumpSize,
      );
      past.value = !isNewest;
      reachedStart.value = false;
      messages.value = page.map(fromWire);
      jumpedTo.value = page[0]?.id;
    } catch (failure) {
      error.value = toMessage(failure);
    }
  }

  async function toNow(): Promise<void> {
    await load();
    past.value = false;
    jumpedTo.value = undefined;
  }

  useEffect(() => {
    let following: Following | undefined;
    let left = false;
    void (async () => {
      if (focus === undefined) await load();
      else await loadAround(focus);
      if (left) return;
      // Behind the newest that was read, so that nothing falls between the history and the stream.
      following = followEvents({
        after: messages.value?.at(-1)?.cursor,
        rooms: rooms.sourcesOf(room),
        onEvent: (event) => {
          if (!past.value) messages.value = applyEvent(messages.value ?? [], event);
        },
        onGap: () => (gap.value = true),
      });
    })();
    return () => {
      left = true;
      following?.stop();
    };
  }, [room, focus]);

  /** Pages back until the message is there. */
  async function loadAround(id: string): Promise<void> {
    await load();
    for (let pages = 0; pages < 20 && !reachedStart.value && error.value === undefined; pages += 1) {
      if (messages.value?.some((message) => message.id === id)) return;
      await load(messages.value?.[0]?.cursor);
    }
  }

  async function say(body: string): Promise<void> {
    await postMessage({ room: room as `${string}/${string}`, text: body });
  }

  const account = accountOf(room);
  const shown = messages.value;
  return (
    <>
      <RoomHead
        room={room}
        network={rooms.networkOf(account)}
        onJump={(day) => void jump(day)}
        {...(rooms.networkOf(account) === 'house' ? { aside: <HouseSwitch room={room} /> } : {})}
      />
      {error.value !== undefined && <Notice mood="bad">{error.value}</Notice>}
      {gap.value && <Notice mood="warn">{words().live.gap}</Notice>}
      {past.value && (
        <Notice>
          {text.past}
          <button type="button" onClick={() => void toNow()}>
            {text.toNow}
          </button>
        </Notice>
      )}
      {shown === undefined ? (
        <p class="choose soft">{words().common.loading}</p>
      ) : shown.length === 0 ? (
        <p class="choose soft">{text.noMessages}</p>
      ) : (
        <Conversation
          messages={shown}
          room={room}
          networkOf={(id) => rooms.networkOf(id)}
          actions={{ journey: (message) => (opened.value = message.id) }}
          onOlder={reachedStart.value ? undefined : () => void load(shown[0]?.cursor)}
          focus={jumpedTo.value ?? focus}
          live={!past.value}
        />
      )}
      <Composer label={text.speakAs(account, nameOf(room))} onSend={say} />
      {opened.value !== undefined && (
        <JourneySheet id={opened.value} onClose={() => (opened.value = undefined)} />
      )}
    </>
  );
}

function HouseSwitch({ room }: { room: string }) {
  return (
    <button type="button" onClick={() => navigate('rooms', { room })}>
      {words().rooms.enterRoom}
    </button>
  );
}
