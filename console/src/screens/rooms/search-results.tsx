/** What a search found, newest first; a line leads to its place in the conversation. */
import { useSignal } from '@preact/signals';
import { searchMessages } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { navigate, toHref } from '../../app/router.ts';
import { Choices } from '../../design/field.tsx';
import { Empty, Notice } from '../../design/page.tsx';
import { formatMoment } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { accountOf, nameOf, type KnownRooms } from './known-rooms.ts';

const resultsLimit = 100;
/** Of one message. */
const shownCharacters = 400;

export function SearchResults(props: { text: string; room: string | undefined; rooms: KnownRooms }) {
  const text = words().rooms;
  const everywhere = useSignal(props.room === undefined);
  const room = everywhere.value ? undefined : props.room;
  const found = useResource(
    (signal) => searchMessages({ text: props.text, room, limit: resultsLimit }, signal),
    `${room ?? ''} ${props.text}`,
  );
  const messages = found.value.value;
  return (
    <>
      <header class="room-head">
        <h2 class="one-line">{text.found(props.text)}</h2>
        <span class="grow" />
        {props.room !== undefined && (
          <Choices
            label={text.where}
            choices={[
              { value: 'here', label: nameOf(props.room) },
              { value: 'everywhere', label: text.everywhere },
            ]}
            value={everywhere.value ? 'everywhere' : 'here'}
            onChoose={(value) => (everywhere.value = value === 'everywhere')}
          />
        )}
        <button
          type="button"
          onClick={() => navigate('rooms', props.room === undefined ? {} : { room: props.room })}
        >
          {words().common.close}
        </button>
      </header>
      <div class="results">
        {found.error.value !== undefined && <Notice mood="bad">{found.error.value}</Notice>}
        {messages === undefined ? (
          found.error.value === undefined && <p class="soft">{words().common.loading}</p>
        ) : messages.length === 0 ? (
          <Empty title={text.noneTitle}>{text.noneText}</Empty>
        ) : (
          <ul>
            {messages.map((message) => (
              <li key={message.id}>
                <a href={toHref('rooms', { room: message.room, view: 'history', message: message.id })}>
                  <span class="row small">
                    <strong>{message.sender.name}</strong>
                    <span class="badge">{props.rooms.networkOf(accountOf(message.room)) ?? ''}</span>
                    <span class="soft">{message.room}</span>
                    <time class="soft">{formatMoment(Date.parse(message.at))}</time>
                  </span>
                  <span class="result anywhere">
                    <Marked text={message.text.slice(0, shownCharacters)} words={props.text.split(/\s+/)} />
                  </span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

/** A text with the words that were looked for marked in it. */
function Marked({ text, words: sought }: { text: string; words: readonly string[] }) {
  const escaped = sought
    .filter((word) => word !== '')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (escaped.length === 0) return <>{text}</>;
  const parts = text.split(new RegExp(`(${escaped.join('|')})`, 'giu'));
  return <>{parts.map((part, index) => (index % 2 === 1 ? <mark key={index}>{part}</mark> : part))}</>;
}
