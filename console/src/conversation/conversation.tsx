/**
 * A conversation: days, speakers, messages, and the things that can be done to one. Both the rooms' history and the web
 * room are this. New messages are read out politely; the view stays at the newest unless one has scrolled up.
 */
import { useSignal } from '@preact/signals';
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, type IconName } from '../design/icons.tsx';
import { formatDay, formatMinute, formatMoment } from '../i18n/format.ts';
import { words } from '../i18n/words.ts';
import type { ShownMessage } from './messages.ts';
import { Body } from './segments.tsx';
import './conversation.css';

export interface MessageActions {
  reply?: (message: ShownMessage) => void;
  edit?: (message: ShownMessage) => void;
  recall?: (message: ShownMessage) => void;
  react?: (message: ShownMessage, emoji: string) => void;
  journey?: (message: ShownMessage) => void;
}

/** Speech of one person within this time stands under one name. */
const sameSpeechMs = 5 * 60_000;
/** So near to its end the list counts as being at its end, pixels. */
const nearEnd = 60;

const emojis = ['👍', '❤️', '😂', '🎉', '😮', '😢'];

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
  const away = useSignal(false);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const first = messages[0]?.id ?? '';
    const before = heightBefore.current;
    if (focus === undefined && atEnd.current) element.scrollTop = element.scrollHeight;
    // Older messages came in above: what one reads stays where it is.
    else if (before.first !== '' && first !== before.first)
      element.scrollTop += element.scrollHeight - before.height;
    heightBefore.current = { height: element.scrollHeight, first };
  }, [messages, focus]);

  useEffect(() => {
    if (focus === undefined) return;
    const found = box.current?.querySelector(`[data-message="${CSS.escape(focus)}"]`);
    found?.scrollIntoView({ block: 'center' });
  }, [focus, messages.length > 0]);

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

function Message(props: {
  message: ShownMessage;
  goesOn: boolean;
  elsewhere: string | undefined;
  network: string | undefined;
  actions: MessageActions;
  isFocus: boolean;
}) {
  const { message, actions } = props;
  const text = words().conversation;
  const classes = [
    'message',
    props.goesOn ? 'goes-on' : '',
    props.isFocus ? 'focus' : '',
    message.own ? 'own' : '',
  ];
  return (
    <article class={classes.filter(Boolean).join(' ')} data-message={message.id}>
      {!props.goesOn && (
        <header>
          <strong class="anywhere">{message.name}</strong>
          {props.elsewhere !== undefined && (
            <span class="badge" title={props.elsewhere}>
              {props.network ?? props.elsewhere.split('/')[0]}
            </span>
          )}
          <time class="soft small" title={formatMoment(message.at)}>
            {formatMinute(message.at)}
          </time>
        </header>
      )}
      {message.replyTo !== undefined && (
        <p class="quoted small">
          <strong>{message.replyTo.name ?? text.someone}</strong> {message.replyTo.text ?? text.olderMessage}
        </p>
      )}
      <div class={message.action ? 'body action' : 'body'}>
        {message.recalled ? (
          <span class="soft">{text.recalled}</span>
        ) : (
          <>
            {message.action && `${message.name} `}
            <Body body={message.body} />
            {message.edited && <span class="soft small"> {text.edited}</span>}
          </>
        )}
      </div>
      <Reactions message={message} actions={actions} />
      {!message.recalled && <Actions message={message} actions={actions} />}
    </article>
  );
}

function Reactions({ message, actions }: { message: ShownMessage; actions: MessageActions }) {
  const all = Object.entries(message.reactions);
  if (all.length === 0) return null;
  return (
    <ul class="reactions" aria-label={words().conversation.reactions}>
      {all.map(([emoji, names]) => (
        <li key={emoji}>
          <button
            type="button"
            title={names.join(', ')}
            disabled={actions.react === undefined}
            onClick={() => actions.react?.(message, emoji)}
          >
            {emoji} <span class="numbers">{names.length}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Actions({ message, actions }: { message: ShownMessage; actions: MessageActions }) {
  const text = words().conversation;
  const choosing = useSignal(false);
  const one = (name: IconName, label: string, act: ((message: ShownMessage) => void) | undefined) =>
    act !== undefined && (
      <button type="button" class="quiet icon" aria-label={label} title={label} onClick={() => act(message)}>
        <Icon name={name} size={16} />
      </button>
    );
  const isOwn = message.own;
  return (
    <div class="acts-bar">
      {choosing.value ? (
        emojis.map((emoji) => (
          <button
            key={emoji}
            type="button"
            class="quiet icon"
            onClick={() => {
              choosing.value = false;
              actions.react?.(message, emoji);
            }}
          >
            {emoji}
          </button>
        ))
      ) : (
        <>
          {one('reply', text.reply, actions.reply)}
          {actions.react !== undefined && (
            <button
              type="button"
              class="quiet icon"
              aria-label={text.react}
              title={text.react}
              onClick={() => (choosing.value = true)}
            >
              <Icon name="smile" size={16} />
            </button>
          )}
          {isOwn && one('edit', text.edit, actions.edit)}
          {isOwn && one('trash', text.recall, actions.recall)}
          {one('live', text.journey, actions.journey)}
        </>
      )}
    </div>
  );
}
