/** What became of a delivery, in words, shape and colour. */
import type { DeliveryState } from '../api/hub.ts';
import { State, type Mood } from '../design/state.tsx';
import { words } from '../i18n/words.ts';

const moods: Readonly<Record<DeliveryState, Mood>> = {
  pending: 'busy',
  sending: 'busy',
  sent: 'good',
  unknown: 'bad',
  parked: 'bad',
  dropped: 'idle',
};

export function DeliveryStateView({ state }: { state: DeliveryState }) {
  return <State mood={moods[state]}>{words().delivery[state]}</State>;
}
