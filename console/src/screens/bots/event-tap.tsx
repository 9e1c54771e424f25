/** What a program sees: the events as they go over the wire, with the command that shows the same. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { toQuery } from '../../api/call.ts';
import { follow } from '../../api/follow.ts';
import { Section } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';

/** Events shown; the stream itself has no end. */
const shownLimit = 50;

export function EventTap({ accounts }: { accounts: readonly string[] }) {
  const text = words().bots;
  const on = useSignal(false);
  const listening = useSignal(false);
  const account = useSignal('');
  const lines = useSignal<readonly { id: string; text: string }[]>([]);
  const chosen = account.value;

  useEffect(() => {
    if (!on.value) return undefined;
    const following = follow({
      path: (after) => `/v1/events/sse${toQuery({ after: after ?? 'now', account: chosen })}`,
      onEvent({ event, id, data }) {
        // The stream says first where it begins: from here on nothing is missed.
        listening.value = true;
        if (event === 'message') lines.value = [{ id, text: data }, ...lines.value].slice(0, shownLimit);
      },
    });
    return () => {
      following.stop();
      listening.value = false;
    };
  }, [on.value, chosen]);

  const query = toQuery({ account: chosen });
  return (
    <Section
      title={text.tap}
      aside={
        <span class="row">
          <select
            aria-label={text.only}
            value={chosen}
            onChange={(event) => (account.value = event.currentTarget.value)}
          >
            <option value="">{text.all}</option>
            {accounts.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
          <button type="button" onClick={() => (on.value = !on.value)}>
            {on.value ? text.tapClose : text.tapOpen}
          </button>
        </span>
      }
    >
      <div class="panel stack">
        <pre class="small soft">{`curl -N -H "Authorization: Bearer TOKEN" "${location.origin}/v1/events/sse${query}"`}</pre>
        {listening.value && lines.value.length === 0 && <p class="soft small">{text.tapWaiting}</p>}
        {lines.value.length > 0 && (
          <div class="tap" role="log" aria-live="off" aria-label={text.tap} tabIndex={0}>
            {lines.value.map((line) => (
              <p key={line.id}>{line.text}</p>
            ))}
          </div>
        )}
      </div>
    </Section>
  );
}
