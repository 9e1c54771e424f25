/** Who is here, those of linked rooms too. */
import { words } from '../i18n/words.ts';
import type { Who } from './protocol.ts';

export function People(props: { people: readonly Who[]; away: readonly string[]; you: string | undefined }) {
  const text = words().room;
  const here = props.people.filter((who) => who.kind !== 'foreign');
  const elsewhere = props.people.filter((who) => who.kind === 'foreign');
  return (
    <aside class="people" aria-label={text.people}>
      <h3>{text.here(here.length)}</h3>
      <ul>
        {here.map((who) => (
          <li key={who.id} class="one-line">
            {who.nick} {who.id === props.you && <span class="soft small">{text.you}</span>}
          </li>
        ))}
      </ul>
      {elsewhere.length > 0 && (
        <>
          <h3>{text.elsewhereHere(elsewhere.length)}</h3>
          <ul>
            {elsewhere.map((who) => (
              <li key={`${who.account ?? ''} ${who.id}`} class="one-line">
                {who.nick} <span class="badge">{who.account}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {props.away.length > 0 && (
        <>
          <h3>{text.away}</h3>
          <ul>
            {props.away.map((room) => (
              <li key={room} class="soft small anywhere">
                {room}
              </li>
            ))}
          </ul>
        </>
      )}
    </aside>
  );
}
