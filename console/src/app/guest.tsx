/** The house for somebody who is not logged in: its rooms, and nothing else of the hub. */
import { lazy } from './lazy.tsx';
import { Mark } from '../design/mark.tsx';
import { words } from '../i18n/words.ts';
import { Preferences } from './preferences-menu.tsx';
import './guest.css';

const GuestRoom = lazy(() => import('../room/guest-room.tsx').then((module) => module.GuestRoom));

export function GuestPage() {
  return (
    <div class="guest">
      <header class="guest-head">
        <h1 class="side-mark">
          <Mark />
          hutong
        </h1>
        <Preferences />
        <a href="#/">{words().login.title}</a>
      </header>
      <main class="guest-room">
        <GuestRoom />
      </main>
    </div>
  );
}
