/** The web room: a house's room in the browser, with the same people, rooms and history as by telnet. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Icon } from '../design/icons.tsx';
import { words } from '../i18n/words.ts';
import { toText } from './body.ts';
import { openHouse, type House } from './house.ts';
import { NickForm } from './nick-form.tsx';
import { noticesMissing, notifyOfMention, notifying, toggleNotifying } from './notify.ts';
import { People } from './people.tsx';
import { Talk } from './talk.tsx';
import './web-room.css';

export function WebRoom(props: {
  account: string;
  /** Missing: the house's first room. */
  room?: string;
  networkOf: (account: string) => string | undefined;
  /** Shows where a message went; missing for guests, who may not ask. */
  onJourney?: (id: string) => void;
  /** The rooms of the house are listed beside it. */
  hasRoomList?: boolean;
}) {
  const { account } = props;
  const text = words().room;
  const house = useMemo(
    () => openHouse(account, props.room, (message) => notifyOfMention(message.name, toText(message.body))),
    [account],
  );
  useEffect(() => () => house.socket.close(), [house]);
  const { room, socket } = house;
  useEffect(() => {
    if (props.room !== undefined && room.name.value !== '' && props.room !== room.name.value)
      void house.enter(props.room);
  }, [props.room]);
  const peopleShown = useSignal(false);

  if (house.refused.value !== undefined && house.refused.value.code === 'login-required') {
    return <p class="choose">{text.loginRequired}</p>;
  }
  if (house.needsNick.value) {
    return (
      <NickForm
        house={house.name.value}
        error={house.refused.value?.message}
        onNick={(nick) => house.chooseNick(nick)}
      />
    );
  }
  if (socket.ended.value !== undefined) {
    return <Ended why={socket.ended.value} />;
  }
  if (room.name.value === '') {
    return (
      <p class="choose soft">
        {socket.state.value.phase === 'lost' ? text.unreachable : words().common.loading}
      </p>
    );
  }
  return (
    <div class={peopleShown.value ? 'web-room with-people' : 'web-room'}>
      <RoomBar
        house={house}
        hasRoomList={props.hasRoomList ?? false}
        onPeople={() => (peopleShown.value = !peopleShown.value)}
      />
      <Talk house={house} networkOf={props.networkOf} onJourney={props.onJourney} />
      <People people={room.people.value} away={room.away.value} you={room.you.value?.id} />
    </div>
  );
}

function Ended({ why }: { why: 'elsewhere' | 'over' }) {
  const text = words().room;
  return (
    <div class="choose stack">
      <p>{why === 'elsewhere' ? text.elsewhere : text.over}</p>
      <div>
        <button type="button" class="main" onClick={() => location.reload()}>
          {text.comeBack}
        </button>
      </div>
    </div>
  );
}

function RoomBar(props: {
  house: House;
  /** The rooms are chosen elsewhere. */
  hasRoomList: boolean;
  onPeople: () => void;
}) {
  const text = words().room;
  const { room } = props.house;
  const rooms = room.rooms.value;

  return (
    <div class="room-bar">
      {!props.hasRoomList && <h2 class="unseen">{room.name.value}</h2>}
      {rooms.length > 1 && !props.hasRoomList && (
        <select
          aria-label={text.room}
          value={room.name.value}
          onChange={(event) => {
            props.house.enter(event.currentTarget.value).catch(() => {
              // It stays in the room that it is in, which the choice then shows again.
              event.currentTarget.value = room.name.value;
            });
          }}
        >
          {rooms.map((each) => (
            <option key={each.name} value={each.name}>
              {each.unread > 0 && each.name !== room.name.value ? `${each.name} (${each.unread})` : each.name}
            </option>
          ))}
        </select>
      )}
      <span class="soft small one-line">{text.youAre(room.you.value?.nick ?? '')}</span>
      <span class="grow" />
      <button
        type="button"
        class="quiet icon"
        aria-pressed={notifying.value}
        aria-label={text.notify}
        title={text.notify}
        onClick={() => void toggleNotifying()}
      >
        <Icon name="bell" />
      </button>
      <button type="button" class="people-toggle" onClick={props.onPeople}>
        {text.here(room.people.value.length)}
      </button>
      {noticesMissing.value !== undefined && (
        <p class="room-notice small" role="status">
          {text.noticesMissing[noticesMissing.value]}
        </p>
      )}
    </div>
  );
}
