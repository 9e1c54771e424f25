/** The console as a whole: the login, or the shell with its screens. */
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { sessionLost, toMessage } from '../api/call.ts';
import { pause, toRetryDelayMs } from '../api/connection.ts';
import { GuestPage } from './guest.tsx';
import { words } from '../i18n/words.ts';
import { route } from './router.ts';
import { Login } from './login.tsx';
import { readSession, session } from './session.ts';
import { Shell } from './shell.tsx';

export function App() {
  const who = session.value;
  const unreachable = useSignal<string | undefined>(undefined);

  useEffect(() => {
    const leaving = new AbortController();
    void (async () => {
      for (let tries = 0; !leaving.signal.aborted; tries += 1) {
        try {
          await readSession();
          return;
        } catch (error) {
          unreachable.value = toMessage(error);
          await pause(toRetryDelayMs(tries), leaving.signal);
        }
      }
    })();
    return () => leaving.abort();
  }, []);

  if (who === 'unknown') {
    return (
      <main class="login">{unreachable.value !== undefined && <p>{words().connection.unreachable}</p>}</main>
    );
  }
  if (who === 'none' || sessionLost.value) {
    const { guestOf } = route.value;
    return guestOf === undefined ? <Login renewing={false} /> : <GuestPage />;
  }
  if (who.mustChange) return <Login renewing />;
  return <Shell />;
}
