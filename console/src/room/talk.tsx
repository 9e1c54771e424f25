/** What is said in the room that one is in, and one's own part in it: speaking, editing, answering, reacting. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { toMessage } from '../api/call.ts';
import { Composer } from '../conversation/composer.tsx';
import { Conversation } from '../conversation/conversation.tsx';
import type { ShownMessage } from '../conversation/messages.ts';
import { Icon } from '../design/icons.tsx';
import { Notice } from '../design/page.tsx';
import { words } from '../i18n/words.ts';
import { toBody, toText } from './body.ts';
import type { House } from './house.ts';

/** The door wants to hear of it at most so often. */
const typingEveryMs = 3000;
const olderLimit = 50;

export function Talk(props: {
  house: House;
  networkOf: (account: string) => string | undefined;
  onJourney: ((id: string) => void) | undefined;
}) {
  const { house } = props;
  const { room, socket } = house;
  const text = words().room;
  const replying = useSignal<ShownMessage | undefined>(undefined);
  const editing = useSignal<ShownMessage | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const typedAt = useSignal(0);
  const messages = room.messages.value;
  const last = messages.at(-1)?.id;

  useEffect(() => {
    // Read means seen: a tab in the background has seen nothing.
    const tell = () => {
      if (last !== undefined && !document.hidden) socket.tell({ type: 'read', id: last });
    };
    tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [last, socket]);

  function attempt(work: Promise<unknown>): void {
    error.value = undefined;
    work.catch((failure: unknown) => (error.value = text.notDone(toMessage(failure))));
  }

  async function say(said: string): Promise<void> {
    const edited = editing.value;
    const body = toBody(said, room.people.value);
    if (edited !== undefined) {
      await socket.ask({ type: 'edit', id: edited.id, body });
      editing.value = undefined;
      return;
    }
    const action = /^\/me\s+/.exec(said);
    const answered = replying.value;
    await socket.ask({
      type: 'say',
      body: action === null ? body : toBody(said.slice(action[0].length), room.people.value),
      ...(action === null ? {} : { action: true }),
      ...(answered === undefined ? {} : { replyTo: answered.id }),
    });
    replying.value = undefined;
  }

  function react(message: ShownMessage, emoji: string): void {
    const mine = message.reactions[emoji]?.includes(room.you.value?.name ?? '') ?? false;
    attempt(socket.ask({ type: 'react', id: message.id, emoji, added: !mine }));
  }

  async function older(): Promise<void> {
    const first = room.messages.value[0];
    if (first === undefined) return;
    const answer = await socket.ask({ type: 'older', before: first.id, limit: olderLimit });
    room.addOlder(answer.messages ?? [], answer.more ?? false);
  }

  const { onJourney } = props;
  return (
    <>
      <Conversation
        messages={messages}
        room={`${house.account}/${room.name.value}`}
        networkOf={props.networkOf}
        actions={{
          reply: (message) => (replying.value = message),
          edit: (message) => (editing.value = message),
          recall: (message) => attempt(socket.ask({ type: 'recall', id: message.id })),
          react,
          ...(onJourney === undefined ? {} : { journey: (message) => onJourney(message.id) }),
        }}
        onOlder={room.more.value ? () => attempt(older()) : undefined}
        unreadAfter={room.unreadAfter.value}
        live
      />
      <div class="room-foot">
        <p class="typing small soft" aria-live="off">
          {room.typing.value.length > 0 && text.typing(room.typing.value.map((who) => who.name).join(', '))}
        </p>
        {room.notices.value.map((notice) => (
          <p key={notice.key} class="house-notice small">
            {notice.text}
          </p>
        ))}
        {error.value !== undefined && <Notice mood="bad">{error.value}</Notice>}
        <Composer
          label={text.sayIn(room.name.value)}
          names={room.people.value.map((who) => who.nick)}
          initial={editing.value === undefined ? undefined : toText(editing.value.body)}
          context={
            <Context
              editing={editing.value}
              replying={replying.value}
              onCancel={() => {
                editing.value = undefined;
                replying.value = undefined;
              }}
            />
          }
          onSend={say}
          onTyping={() => {
            if (Date.now() - typedAt.value < typingEveryMs) return;
            typedAt.value = Date.now();
            socket.tell({ type: 'typing', on: true });
          }}
          onFiles={house.uploads.value ? (files) => attempt(house.sayFiles(files)) : undefined}
        />
      </div>
    </>
  );
}

function Context(props: {
  editing: ShownMessage | undefined;
  replying: ShownMessage | undefined;
  onCancel: () => void;
}) {
  const text = words().room;
  const about = props.editing ?? props.replying;
  if (about === undefined) return null;
  return (
    <p class="composer-context small">
      <span class="one-line">
        <strong>{props.editing === undefined ? text.replyingTo(about.name) : text.editing}</strong>{' '}
        {toText(about.body)}
      </span>
      <button type="button" class="quiet icon" aria-label={words().common.cancel} onClick={props.onCancel}>
        <Icon name="close" size={14} />
      </button>
    </p>
  );
}
