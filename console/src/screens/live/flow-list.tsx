/**
 * The rows of the flow. Only those in sight are in the page, each of the same height, so that a busy hub costs the
 * browser no more than a quiet one.
 */
import { useSignal } from '@preact/signals';
import { memo } from './memo.ts';
import { useEffect, useRef } from 'preact/hooks';
import type { WireEvent } from '../../../../src/faces/rest/schemas/event.ts';
import { formatClock } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { toActor, toLine, toJourneyId } from '../event-text.ts';
import type { FlowRow } from './flow.ts';

const rowHeight = 36;
/** Rows drawn beyond the window's edges, so that scrolling shows no blanks. */
const spare = 8;

export function FlowList({ rows, onOpen }: { rows: readonly FlowRow[]; onOpen: (id: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  const seen = useSignal({ top: 0, height: 800 });

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = () => {
      seen.value = { top: element.scrollTop, height: element.clientHeight };
    };
    measure();
    const resizing = new ResizeObserver(measure);
    resizing.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    return () => {
      resizing.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, []);

  const first = Math.max(0, Math.floor(seen.value.top / rowHeight) - spare);
  const last = Math.min(rows.length, Math.ceil((seen.value.top + seen.value.height) / rowHeight) + spare);
  return (
    <div ref={box} class="flow" role="log" aria-live="off" aria-label={words().live.title} tabIndex={0}>
      <div class="flow-all" style={{ height: `${rows.length * rowHeight}px` }}>
        <div class="flow-seen" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows
            .slice(first, last)
            .map((row) =>
              'event' in row ? (
                <EventRow key={row.event.id} event={row.event} onOpen={onOpen} />
              ) : (
                <GapRow key={`gap ${row.gapAfter}`} />
              ),
            )}
        </div>
      </div>
    </div>
  );
}

const EventRow = memo(function EventRow(props: { event: WireEvent; onOpen: (id: string) => void }) {
  const { event, onOpen } = props;
  const id = toJourneyId(event);
  const content = (
    <>
      <time class="mono">{formatClock(Date.parse(event.at))}</time>
      <span class="badge kind">{words().event.kinds[event.kind]}</span>
      <span class="room one-line">{event.room}</span>
      <span class="who one-line">{toActor(event)}</span>
      <span class="said one-line">{toLine(event).slice(0, 300)}</span>
    </>
  );
  if (id === undefined) return <div class="flow-row">{content}</div>;
  return (
    <button type="button" class="bare flow-row" onClick={() => onOpen(id)}>
      {content}
    </button>
  );
});

function GapRow() {
  return <div class="flow-row gap">{words().live.gap}</div>;
}
