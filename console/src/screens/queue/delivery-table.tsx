/** Deliveries as a table; a box in front of each chooses it. */
import type { WireDelivery } from '../../../../src/faces/rest/schemas/delivery.ts';
import { formatClock, formatDistance, formatMoment } from '../../i18n/format.ts';
import { Table } from '../../design/table.tsx';
import { words } from '../../i18n/words.ts';
import { DeliveryStateView } from '../delivery-state.tsx';
import { toActor, toLine, toJourneyId } from '../event-text.ts';

export function DeliveryTable(props: {
  deliveries: readonly WireDelivery[];
  chosen: ReadonlySet<number>;
  /** They go out by themselves: what matters is when, not since when they stand. */
  waiting: boolean;
  onChoose: (chosen: ReadonlySet<number>) => void;
  onOpen: (message: string) => void;
}) {
  const { deliveries, chosen } = props;
  const text = words().queue;
  const { columns } = text;
  const all = deliveries.every((delivery) => chosen.has(delivery.id));

  function toggle(id: number): void {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    props.onChoose(next);
  }

  return (
    <Table
      class="deliveries"
      label={text.title}
      columns={[
        <input
          type="checkbox"
          aria-label={text.chooseAll}
          checked={all}
          onChange={() =>
            props.onChoose(all ? new Set() : new Set(deliveries.map((delivery) => delivery.id)))
          }
        />,
        columns.to,
        columns.message,
        columns.state,
        columns.attempts,
        props.waiting ? columns.next : columns.since,
      ]}
    >
      {deliveries.map((delivery) => (
        <Row
          key={delivery.id}
          delivery={delivery}
          waiting={props.waiting}
          isChosen={chosen.has(delivery.id)}
          onToggle={() => toggle(delivery.id)}
          onOpen={props.onOpen}
        />
      ))}
    </Table>
  );
}

function Row(props: {
  delivery: WireDelivery;
  waiting: boolean;
  isChosen: boolean;
  onToggle: () => void;
  onOpen: (message: string) => void;
}) {
  const { delivery } = props;
  const { event } = delivery;
  const text = words().queue;
  const { columns } = text;
  const message = toJourneyId(event);
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={text.choose(delivery.room)}
          checked={props.isChosen}
          onChange={props.onToggle}
        />
      </td>
      <td class="anywhere" data-label={columns.to}>
        {delivery.room}
      </td>
      <td data-label={columns.message}>
        <div>
          <button
            type="button"
            class="bare message"
            disabled={message === undefined}
            onClick={() => message !== undefined && props.onOpen(message)}
          >
            <strong>{toActor(event)}</strong> {toLine(event).slice(0, 200)}
          </button>
          <p class="small soft">{text.from(event.room, formatMoment(Date.parse(event.at)))}</p>
        </div>
      </td>
      <td data-label={columns.state}>
        <div>
          <DeliveryStateView state={delivery.state} />
          {delivery.reason !== undefined && (
            <p class="small soft anywhere">{words().hub.said(delivery.reason)}</p>
          )}
        </div>
      </td>
      <td class="numbers" data-label={columns.attempts}>
        {delivery.attempts}
      </td>
      <td class="numbers" data-label={props.waiting ? columns.next : columns.since}>
        {delivery.dueAt === undefined || !props.waiting ? (
          <span class="soft">{formatDistance(Date.parse(delivery.changedAt), Date.now())}</span>
        ) : (
          formatClock(Date.parse(delivery.dueAt))
        )}
      </td>
    </tr>
  );
}
