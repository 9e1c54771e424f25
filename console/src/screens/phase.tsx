/** An account's phase in words, shape and colour. */
import type { WireAccount } from '../../../src/faces/rest/schemas/account.ts';
import { State, type Mood } from '../design/state.tsx';
import { words } from '../i18n/words.ts';

export type Phase = WireAccount['phase'];

const moods: Readonly<Record<Phase, Mood>> = {
  online: 'good',
  connecting: 'busy',
  waiting: 'busy',
  login: 'busy',
  failed: 'bad',
  stopped: 'idle',
};

/** How good or bad a phase is. */
export function toMood(phase: Phase): Mood {
  return moods[phase];
}

export function PhaseState({ phase }: { phase: Phase }) {
  return <State mood={moods[phase]}>{words().phase[phase]}</State>;
}
