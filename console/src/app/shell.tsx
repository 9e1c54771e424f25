/** What stands around every screen: the way to the others, and whether the hub is heard. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { lostConnection } from '../api/connection.ts';
import { Dialog } from '../design/dialog.tsx';
import { Icon, type IconName } from '../design/icons.tsx';
import { Mark } from '../design/mark.tsx';
import { formatDistance } from '../i18n/format.ts';
import { words } from '../i18n/words.ts';
import { Preferences } from './preferences-menu.tsx';
import { route, toHref, type ScreenName } from './router.ts';
import { screens } from './screens.ts';
import { isAdministrator, logOut, session } from './session.ts';
import './shell.css';

/** As they stand in the side bar, in groups. */
const groups: readonly (readonly ScreenName[])[] = [
  ['overview', 'live', 'queue', 'requests'],
  ['rooms'],
  ['connect', 'links', 'bots', 'settings'],
];

/** For administrators: the rest is what anybody who is logged in may see. */
const administrative: ReadonlySet<ScreenName> = new Set(['connect', 'links', 'bots', 'settings']);

/** The groups as far as this person may use them. */
function toGroups(): ScreenName[][] {
  return groups
    .map((group) => group.filter((name) => isAdministrator.value || !administrative.has(name)))
    .filter((group) => group.length > 0);
}

/** What has a place of its own at the bottom of a phone; the rest is behind "more". */
const first: readonly ScreenName[] = ['overview', 'rooms', 'live', 'queue'];

export function Shell() {
  const { screen } = route.value;
  const Screen = screens[screen];
  const text = words();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(screen);

  useEffect(() => {
    document.title = `${text.nav[screen]} · hutong`;
  });
  useEffect(() => {
    // A new screen begins at its top, and a screen reader begins with it; the first one leaves the page as it is.
    if (shown.current === screen) return;
    shown.current = screen;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [screen]);

  return (
    <div class="shell">
      <a class="skip" href={`#main`} onClick={(event) => skipTo(event, main.current)}>
        {text.nav.skip}
      </a>
      <nav class="side" aria-label={text.nav.label}>
        <a class="side-mark" href={toHref('overview')}>
          <Mark />
          hutong
        </a>
        {toGroups().map((group) => (
          <ul key={group[0]}>
            {group.map((name) => (
              <li key={name}>
                <NavLink name={name} />
              </li>
            ))}
          </ul>
        ))}
        <Account />
      </nav>
      <main ref={main} id="main" tabIndex={-1} key={screen}>
        <Connection />
        <Screen />
      </main>
      <BottomBar />
    </div>
  );
}

function NavLink({ name, icon = name }: { name: ScreenName; icon?: IconName }) {
  const isHere = route.value.screen === name;
  return (
    <a class="nav-link" href={toHref(name)} {...(isHere ? { 'aria-current': 'page' as const } : {})}>
      <Icon name={icon} />
      <span>{words().nav[name]}</span>
    </a>
  );
}

function Account() {
  const who = session.value;
  const open = useSignal(false);
  if (typeof who === 'string') return null;
  return (
    <div class="side-account">
      <button type="button" class="quiet" onClick={() => (open.value = true)}>
        {who.name}
      </button>
      {open.value && <AccountDialog onClose={() => (open.value = false)} />}
    </div>
  );
}

function AccountDialog({ onClose }: { onClose: () => void }) {
  const text = words();
  return (
    <Dialog title={text.preferences.title} onClose={onClose}>
      <Preferences />
      <div class="row">
        <button type="button" onClick={() => void logOut()}>
          {text.login.leave}
        </button>
      </div>
    </Dialog>
  );
}

/** Says so when a screen's connection is lost, until it is back. */
function Connection() {
  const lost = lostConnection.value;
  const text = words().connection;
  return (
    <div role="status" class="connection">
      {lost !== undefined && (
        <p class="notice warn">
          <span>
            <strong>{text.lost}</strong> {text.lostSince(formatDistance(lost.since, Date.now()))}
          </span>
        </p>
      )}
    </div>
  );
}

function BottomBar() {
  const more = useSignal(false);
  const text = words();
  const rest = toGroups()
    .flat()
    .filter((name) => !first.includes(name));
  const isRest = rest.includes(route.value.screen);
  const close = () => (more.value = false);
  return (
    <nav class="bottom" aria-label={text.nav.label}>
      {first.map((name) => (
        <NavLink key={name} name={name} />
      ))}
      <button
        type="button"
        class={isRest ? 'nav-link bare here' : 'nav-link bare'}
        aria-haspopup="dialog"
        onClick={() => (more.value = true)}
      >
        <Icon name="more" />
        <span>{text.nav.more}</span>
      </button>
      {more.value && (
        <Dialog title={text.nav.more} onClose={close}>
          <ul class="more-list" onClick={close}>
            {rest.map((name) => (
              <li key={name}>
                <NavLink name={name} />
              </li>
            ))}
          </ul>
          <Preferences />
          <div class="row">
            <button type="button" onClick={() => void logOut()}>
              {text.login.leave}
            </button>
          </div>
        </Dialog>
      )}
    </nav>
  );
}

/** The address's part behind `#` is the screen's, so the jump is made by hand. */
function skipTo(event: MouseEvent, target: HTMLElement | null): void {
  event.preventDefault();
  target?.focus();
}
