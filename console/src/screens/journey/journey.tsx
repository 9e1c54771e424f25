/** A message's journey: where it came in, and what became of it in each room, with times. */
import type { WireJourney } from '../../../../src/faces/rest/schemas/delivery.ts';
import type { WireEvent } from '../../../../src/faces/rest/schemas/event.ts';
import { readJourney } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { Dialog } from '../../design/dialog.tsx';
import { Notice } from '../../design/page.tsx';
import { formatClock, formatDuration, formatMoment } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { DeliveryStateView } from '../delivery-state.tsx';
import { toActor, toLine } from '../event-text.ts';
import './journey.css';

/** While something of it is still under way it is looked at again. */
const refreshMs = 2000;

export function JourneySheet({ id, onClose }: { id: string; onClose: () => void }) {
  const text = words().journey;
  const { value, error } = useResource((signal) => readJourney(id, signal), id, refreshMs);
  const journey = value.value;
  return (
    <Dialog kind="sheet" title={text.title} onClose={onClose}>
      {error.value !== undefined && journey === undefined && <Notice mood="bad">{error.value}</Notice>}
      {journey === undefined ? (
        error.value === undefined && <p class="soft">{words().common.loading}</p>
      ) : (
        <JourneyView journey={journey} />
      )}
    </Dialog>
  );
}

function JourneyView({ journey }: { journey: WireJourney }) {
  const text = words().journey;
  const { event, acts, copies, deliveries } = journey;
  const at = Date.parse(event.at);
  const nativeOf = (room: string) =>
    copies
      .filter((copy) => copy.room === room)
      .map((copy) => copy.native)
      .join(', ');
  return (
    <div class="stack">
      <ol class="journey">
        <li class="in">
          <p class="step-head">
            <strong class="anywhere">{event.room}</strong>
            <time class="mono small">{formatMoment(at)}</time>
          </p>
          <p class="small soft">{text.cameIn}</p>
          <Said event={event} />
          <Native id={event.native ?? nativeOf(event.room)} />
        </li>
        {deliveries.map((delivery) => {
          const tookMs = Date.parse(delivery.changedAt) - at;
          return (
            <li key={delivery.id} class={delivery.state}>
              <p class="step-head">
                <strong class="anywhere">{delivery.room}</strong>
                <time class="mono small">{formatClock(Date.parse(delivery.changedAt))}</time>
              </p>
              <p class="row small">
                <DeliveryStateView state={delivery.state} />
                {delivery.state === 'sent' && (
                  <span class="numbers">{text.after(formatDuration(tookMs))}</span>
                )}
                {delivery.attempts > 0 && <span class="soft">{text.attempts(delivery.attempts)}</span>}
              </p>
              {delivery.reason !== undefined && (
                <p class="small soft anywhere">{words().hub.said(delivery.reason)}</p>
              )}
              <Native id={nativeOf(delivery.room)} />
            </li>
          );
        })}
      </ol>
      {deliveries.length === 0 && <p class="small soft">{text.nowhere}</p>}
      {acts.length > 0 && (
        <section>
          <h3>{text.acts}</h3>
          <ul class="acts">
            {acts.map((act) => (
              <li key={act.id} class="small">
                <time class="mono soft">{formatClock(Date.parse(act.at))}</time>
                <span class="anywhere">
                  <strong>{toActor(act)}</strong> {toLine(act)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p class="small soft">
        {text.id} <code class="anywhere">{event.id}</code>
      </p>
    </div>
  );
}

function Said({ event }: { event: WireEvent }) {
  return (
    <p class="said anywhere">
      <strong>{toActor(event)}</strong> {toLine(event)}
    </p>
  );
}

function Native({ id }: { id: string }) {
  if (id === '') return null;
  return (
    <p class="small soft">
      {words().journey.knownAs} <code class="anywhere">{id}</code>
    </p>
  );
}
