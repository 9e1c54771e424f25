/** Rooms: a list of them, one conversation, and a search over all that was said. */
import { useSignal } from '@preact/signals';
import { readAccounts, readLinks, readRooms } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { navigate, route, toHref } from '../../app/router.ts';
import { Icon } from '../../design/icons.tsx';
import { Empty, Notice, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { WebRoom } from '../../room/web-room.tsx';
import { JourneySheet } from '../journey/journey.tsx';
import { RoomHistory } from './room-history.tsx';
import { SearchResults } from './search-results.tsx';
import { RoomHead } from './room-head.tsx';
import { accountOf, nameOf, toKnownRooms, type KnownRooms } from './known-rooms.ts';
import './rooms.css';

async function readKnownRooms(signal: AbortSignal): Promise<KnownRooms> {
  const [accounts, links] = await Promise.all([readAccounts(signal), readLinks(signal)]);
  // An account that is just away tells of no rooms; the others' are still of use.
  const rooms = await Promise.all(accounts.map((account) => readRooms(account.id, signal).catch(() => [])));
  return toKnownRooms(accounts, links, rooms.flat());
}

const refreshMs = 15_000;

export function Rooms() {
  const text = words().rooms;
  const { parameters } = route.value;
  const known = useResource(readKnownRooms, '', refreshMs);
  const sought = useSignal(parameters.get('search') ?? '');
  const rooms = known.value.value;
  const account = parameters.get('account');
  const room = parameters.get('room') ?? rooms?.rooms.find((each) => each.account === account)?.room;
  const isSearch = parameters.has('search');

  function search(event: SubmitEvent): void {
    event.preventDefault();
    const query = sought.value.trim();
    const where = room === undefined ? {} : { room };
    navigate('rooms', query === '' ? where : { ...where, search: query });
  }

  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <form class="search" role="search" onSubmit={search}>
          <input
            type="search"
            aria-label={text.search}
            placeholder={text.search}
            value={sought.value}
            onInput={(event) => (sought.value = event.currentTarget.value)}
          />
          <button class="icon" aria-label={text.find}>
            <Icon name="search" />
          </button>
        </form>
      }
    >
      {known.error.value !== undefined && <Notice mood="bad">{known.error.value}</Notice>}
      {rooms === undefined ? (
        <p class="soft">{words().common.loading}</p>
      ) : rooms.rooms.length === 0 ? (
        <Empty
          title={text.emptyTitle}
          action={
            <a class="button main" href={toHref('connect')}>
              {words().connect.add}
            </a>
          }
        >
          {text.emptyText}
        </Empty>
      ) : (
        <div class={room === undefined && !isSearch ? 'rooms none-chosen' : 'rooms'}>
          <RoomList rooms={rooms} room={room} />
          <section class="room-view" aria-label={room ?? text.title}>
            {isSearch ? (
              <SearchResults text={parameters.get('search') ?? ''} room={room} rooms={rooms} />
            ) : room === undefined ? (
              <p class="choose soft">{text.choose}</p>
            ) : rooms.networkOf(room.split('/')[0] ?? '') === 'house' &&
              parameters.get('view') !== 'history' ? (
              <HouseRoomView key={accountOf(room)} room={room} rooms={rooms} />
            ) : (
              <RoomHistory key={room} room={room} rooms={rooms} focus={parameters.get('message')} />
            )}
          </section>
        </div>
      )}
    </Page>
  );
}

/** A house's room as one of its people; the history as the hub keeps it is one step away. */
function HouseRoomView({ room, rooms }: { room: string; rooms: KnownRooms }) {
  const opened = useSignal<string | undefined>(undefined);
  const account = accountOf(room);
  return (
    <>
      <RoomHead
        room={room}
        network={rooms.networkOf(account)}
        aside={
          <a class="button" href={toHref('rooms', { room, view: 'history' })}>
            {words().rooms.history}
          </a>
        }
      />
      <WebRoom
        account={account}
        room={nameOf(room)}
        networkOf={(id) => rooms.networkOf(id)}
        onJourney={(id) => (opened.value = id)}
        hasRoomList
      />
      {opened.value !== undefined && (
        <JourneySheet id={opened.value} onClose={() => (opened.value = undefined)} />
      )}
    </>
  );
}

function RoomList({ rooms, room }: { rooms: KnownRooms; room: string | undefined }) {
  const text = words().rooms;
  return (
    <nav class="room-list" aria-label={text.title}>
      {rooms.accounts.map(({ id, network }) => {
        const own = rooms.rooms.filter((each) => each.account === id);
        if (own.length === 0) return null;
        return (
          <section key={id}>
            <h2>
              {id} <span class="badge">{network}</span>
            </h2>
            <ul>
              {own.map((each) => (
                <li key={each.room}>
                  <a
                    href={toHref('rooms', { room: each.room })}
                    {...(each.room === room ? { 'aria-current': 'page' as const } : {})}
                  >
                    <span class="one-line">{each.name}</span>
                    {each.links.length > 0 && (
                      <span class="soft small one-line" title={each.links.join(', ')}>
                        {each.links.join(', ')}
                      </span>
                    )}
                  </a>
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </nav>
  );
}
