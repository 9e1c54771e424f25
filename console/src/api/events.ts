/** The stream of the hub's events, from a cursor on. */
import type { WireEvent } from '../../../src/faces/rest/schemas/event.ts';
import { toQuery } from './call.ts';
import { follow, type Following } from './follow.ts';

/** A newer hub may tell of more; those are passed over. */
const knownKinds: Readonly<Record<WireEvent['kind'], true>> = {
  message: true,
  edit: true,
  recall: true,
  reaction: true,
  join: true,
  leave: true,
  rename: true,
  topic: true,
  outcome: true,
  request: true,
  answer: true,
};

export interface EventFollowing {
  /** Behind which event to begin; missing is from now on. */
  after?: string | undefined;
  /** Only what happens in these; missing is everywhere. */
  rooms?: readonly string[];
  onEvent: (event: WireEvent) => void;
  /** Events from where this was up to what comes next are no longer kept. */
  onGap: () => void;
}

/** Follows until it is stopped. Each event is told once, in order, over lost connections. */
export function followEvents({ after, rooms, onEvent, onGap }: EventFollowing): Following {
  return follow({
    path: (cursor) => `/v1/events/sse${toQuery({ after: cursor ?? 'now', room: rooms })}`,
    ...(after === undefined ? {} : { after }),
    onEvent({ event, data }) {
      if (event === 'gap') onGap();
      if (event !== 'message') return;
      const told = JSON.parse(data) as WireEvent;
      if (knownKinds[told.kind]) onEvent(told);
    },
  });
}
