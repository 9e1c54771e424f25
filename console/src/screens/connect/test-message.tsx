/** The last step: a message through the new account, and what became of it. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { WireAccount } from '../../../../src/faces/rest/schemas/account.ts';
import type { WireAccepted } from '../../../../src/faces/rest/schemas/posting.ts';
import { toMessage } from '../../api/call.ts';
import { postMessage, readRooms } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { toHref } from '../../app/router.ts';
import { Field } from '../../design/field.tsx';
import { Notice } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { DeliveryStateView } from '../delivery-state.tsx';

/** How long the hub is asked to wait for the outcome. */
const waitMs = 10_000;

export function TestMessage({ account }: { account: WireAccount }) {
  const text = words().connect;
  const list = useId();
  const rooms = useResource((signal) => readRooms(account.id, signal), account.id);
  const known = rooms.value.value ?? [];
  const room = useSignal('');
  const said = useSignal(text.testText);
  const accepted = useSignal<WireAccepted | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    busy.value = true;
    error.value = undefined;
    accepted.value = undefined;
    const own = `${account.id}/` as const;
    const to = room.value.trim();
    const ref = (to.startsWith(own) ? to : `${own}${to}`) as `${string}/${string}`;
    try {
      accepted.value = await postMessage({ room: ref, text: said.value }, waitMs);
    } catch (failure) {
      error.value = toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  const outcome = accepted.value?.outcome ?? [];
  const isThere = outcome.some((each) => each.state === 'sent');
  return (
    <>
      <form class="panel stack" onSubmit={(event) => void submit(event)}>
        <div>
          <h2>{text.test}</h2>
          <p class="soft small">{text.testLead}</p>
        </div>
        <datalist id={list}>
          {known.map((each) => (
            <option key={each.room} value={each.room}>
              {each.name}
            </option>
          ))}
        </datalist>
        <Field label={text.testRoom} hint={text.testRoomHint}>
          {(control) => (
            <input
              {...control}
              list={list}
              required
              value={room.value}
              spellcheck={false}
              autocapitalize="off"
              onInput={(event) => (room.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={text.testWords}>
          {(control) => (
            <input
              {...control}
              required
              value={said.value}
              onInput={(event) => (said.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="row">
          <button class="main" disabled={busy.value}>
            {text.testSend}
          </button>
          {busy.value && <span class="soft small">{text.testWaiting}</span>}
        </div>
        {error.value !== undefined && <Notice mood="bad">{error.value}</Notice>}
        {accepted.value !== undefined && (
          <ul class="stack tight" aria-live="polite">
            {outcome.map((each) => (
              <li key={each.room} class="row small">
                <DeliveryStateView state={each.state} />
                <span class="anywhere">{each.room}</span>
                {each.reason !== undefined && (
                  <span class="soft anywhere">{words().hub.said(each.reason)}</span>
                )}
              </li>
            ))}
            {outcome.length === 0 && <li class="small soft">{text.testUnknown}</li>}
          </ul>
        )}
      </form>
      {isThere && (
        <Notice>
          {text.done}
          <a class="button main" href={toHref('links')}>
            {words().links.draw}
          </a>
        </Notice>
      )}
    </>
  );
}
