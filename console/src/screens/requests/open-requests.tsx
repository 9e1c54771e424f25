/** On the overview: how many requests wait for an answer. */
import { readRequests } from '../../api/requests.ts';
import { useResource } from '../../api/resource.ts';
import { toHref } from '../../app/router.ts';
import { words } from '../../i18n/words.ts';

const refreshMs = 15_000;

export function OpenRequests() {
  const text = words().requests;
  const open = useResource((signal) => readRequests(['open'], signal), '', refreshMs).value.value;
  if (open === undefined || open.length === 0) return null;
  return (
    <p class="notice warn">
      <span>{text.waiting(open.length)}</span>
      <a class="button" href={toHref('requests')}>
        {words().overview.look}
      </a>
    </p>
  );
}
