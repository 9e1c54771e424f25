/** What stands above a conversation: which room, on which network, and the way to another day. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { toHref } from '../../app/router.ts';
import { words } from '../../i18n/words.ts';
import { accountOf, nameOf } from './known-rooms.ts';

export function RoomHead(props: {
  room: string;
  network: string | undefined;
  onJump?: (day: string) => void;
  aside?: ComponentChildren;
}) {
  const id = useId();
  const text = words().rooms;
  return (
    <header class="room-head">
      <a class="button icon back" href={toHref('rooms')} aria-label={text.back}>
        ‹
      </a>
      <h2 class="one-line">{nameOf(props.room)}</h2>
      <span class="badge" title={accountOf(props.room)}>
        {props.network ?? accountOf(props.room)}
      </span>
      <span class="grow" />
      {props.onJump !== undefined && (
        <span class="jump">
          <label class="small soft" for={id}>
            {text.jump}
          </label>
          <input
            id={id}
            type="date"
            max={new Date().toISOString().slice(0, 10)}
            onChange={(event) => {
              const day = event.currentTarget.value;
              if (day !== '') props.onJump?.(day);
            }}
          />
        </span>
      )}
      {props.aside}
    </header>
  );
}
