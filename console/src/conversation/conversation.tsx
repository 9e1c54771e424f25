/**
 * A conversation: days, speakers, messages, and the things that can be done to one. Both the rooms' history and the web
 * room are this. New messages are read out politely; the view stays at the newest unless one has scrolled up.
 */
import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { formatDay } from '../i18n/format.ts';
import { words } from '../i18n/words.ts';
import { Message, type MessageActions } from './message.tsx';
import type { ShownMessage } from './messages.ts';
import './conversation.css';

/** Speech of one person within this time stands under one name. */
const sameSpeechMs = 5 * 60_000;
/** So near to its end the list counts as being at its end, pixels. */
const nearEnd = 60;

export function Conversation(props: {
  messages: readonly ShownMessage[];
  /** The room that is looked at: what was said elsewhere carries where. */
  room: string;
  /** The network of an account. */
  networkOf: (account: string) => string | undefined;
  actions: MessageActions;
  /** Loads older messages; missing when there are none. */
  onOlder?: (() => void) | undefined;
  /** The message to show, when one came here by a search. */
  focus?: string | undefined;
  /** Unread from here on. */
  unreadAfter?: string | undefined;
  /** Read out what is added? Not while one looks at the past. */
  live: boolean;
}) {
  const { messages, focus } = props;
  const text = words().conversation;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const heightBefore = useRef({ height: 0, first: '' });
  /** The focus that was scrolled to already: from then on one is free to go on reading. */
  const placed = useRef<string>(undefined);
  const away = useSignal(false);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const first = messages[0]?.id ?? '';
    const before = heightBefore.current;
    const isToPlace = focus !== undefined && placed.current !== focus;
    if (!isToPlace && atEnd.current) element.scrollTop = element.scrollHeight;
    // Older messages came in above: what one reads stays where it is.
    else if (before.first !== '' && first !== before.first)
      element.scrollTop += element.scrollHeight - before.height;
    heightBefore.current = { height: element.scrollHeight, first };
  }, [messages, focus]);

  useEffect(() => {
    if (focus === undefined || placed.current === focus) return;
    const found = box.current?.querySelector(`[data-message="${CSS.escape(focus)}"]`);
    if (found === null || found === undefined) return;
    placed.current = focus;
    found.scrollIntoView({ block: 'center' });
    onScroll();
  }, [focus, messages]);

  function onScroll(): void {
    const element = box.current;
    if (element === null) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
    away.value = !atEnd.current;
  }

  function toEnd(): void {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }

  return (
    <div class="conversation">
      <div
        ref={box}
        class="messages"
        role="log"
        aria-live={props.live ? 'polite' : 'off'}
        aria-label={text.label(props.room)}
        tabIndex={0}
        onScroll={onScroll}
      >
        {props.onOlder !== undefined && (
          <p class="older">
            <button type="button" class="quiet" onClick={props.onOlder}>
              {text.older}
            </button>
          </p>
        )}
        {messages.map((message, index) => {
          const before = messages[index - 1];
          return (
            <Fragment key={message.id}>
              {(before === undefined || dayOf(before) !== dayOf(message)) && (
                <p class="day">{formatDay(message.at)}</p>
              )}
              {before !== undefined && before.id === props.unreadAfter && (
                <p class="unread">
                  <span>{text.unread}</span>
                </p>
              )}
              <Message
                message={message}
                goesOn={before !== undefined && goesOn(before, message) && before.id !== props.unreadAfter}
                elsewhere={message.room === props.room ? undefined : message.room}
                network={props.networkOf(message.room.split('/')[0] ?? '')}
                actions={props.actions}
                isFocus={message.id === focus}
              />
            </Fragment>
          );
        })}
      </div>
      {away.value && (
        <button type="button" class="to-end" onClick={toEnd}>
          {text.toEnd}
        </button>
      )}
    </div>
  );
}

function dayOf({ at }: ShownMessage): string {
  return new Date(at).toDateString();
}

function goesOn(before: ShownMessage, message: ShownMessage): boolean {
  return (
    before.name === message.name &&
    before.room === message.room &&
    !message.action &&
    !before.action &&
    message.at - before.at < sameSpeechMs &&
    dayOf(before) === dayOf(message)
  );
}
