/**
 * The live flow's rows: the newest events, bounded, kept while one looks at other screens. It follows only while the
 * screen shows; coming back it goes on behind the last event it took, so nothing is missing.
 */
import { batch, signal } from '@preact/signals';
import type { WireEvent } from '../../../../src/faces/rest/schemas/event.ts';
import { followEvents } from '../../api/events.ts';

/** Events kept; older ones are in the rooms' history. */
const rowsKept = 2000;

/** New events are shown so often, however many come: a page that draws for each would be busy with nothing else. */
const showEveryMs = 200;

/** An event, or a place where the hub no longer had what was in between. */
export type FlowRow = { event: WireEvent } | { gapAfter: string };

/** Newest first. */
export const rows = signal<readonly FlowRow[]>([]);
/** What comes is held back while it is. */
export const paused = signal(false);
/** Events that came while it was paused and are not shown yet. */
export const heldBack = signal(0);

/** From the first answer of the hub on: what happens then is not missed any more. */
export const begun = signal(false);

let fresh: FlowRow[] = [];
let cursor: string | undefined;

/** Follows until the returned function is called. */
export function followFlow(): () => void {
  const following = followEvents({
    after: cursor,
    onEvent: (event) => fresh.push({ event }),
    onGap: () => fresh.push({ gapAfter: following.cursor() ?? '' }),
  });
  const showing = setInterval(() => {
    cursor = following.cursor();
    begun.value = cursor !== undefined;
    showFresh();
  }, showEveryMs);
  return () => {
    clearInterval(showing);
    following.stop();
    cursor = following.cursor();
  };
}

/** Goes on showing, what was held back first. */
export function goOn(): void {
  paused.value = false;
  showFresh();
}

/** Forgets what is shown; what comes from now on is shown. */
export function clearFlow(): void {
  fresh = [];
  batch(() => {
    rows.value = [];
    heldBack.value = 0;
  });
}

function showFresh(): void {
  if (fresh.length === 0) return;
  if (paused.value) {
    // What is held back is bounded like the rest.
    if (fresh.length > rowsKept) fresh = fresh.slice(-rowsKept);
    heldBack.value = fresh.length;
    return;
  }
  const shown = [...fresh.toReversed(), ...rows.value].slice(0, rowsKept);
  fresh = [];
  batch(() => {
    rows.value = shown;
    heldBack.value = 0;
  });
}
