/** One message, and what can be done to it. */
import { useSignal } from '@preact/signals';
import { Icon, type IconName } from '../design/icons.tsx';
import { formatMinute, formatMoment } from '../i18n/format.ts';
import { words } from '../i18n/words.ts';
import type { ShownMessage } from './messages.ts';
import { Body } from './segments.tsx';

const emojis = ['👍', '❤️', '😂', '🎉', '😮', '😢'];

export interface MessageActions {
  reply?: (message: ShownMessage) => void;
  edit?: (message: ShownMessage) => void;
  recall?: (message: ShownMessage) => void;
  react?: (message: ShownMessage, emoji: string) => void;
  journey?: (message: ShownMessage) => void;
}

/** `goesOn`: its speaker has just spoken, and is not named again. `elsewhere`: the other room that it was said in. */
export function Message(props: {
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
    // A tap gives it the focus: what can be done with it shows then, as it does under a pointer.
    <article class={classes.filter(Boolean).join(' ')} data-message={message.id} tabIndex={-1}>
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
            {message.action && (
              <>
                <bdi>{message.name}</bdi>{' '}
              </>
            )}
            <bdi>
              <Body body={message.body} />
            </bdi>
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
