/** The last 60 intervals of an account: a bar each, its height telling the same as its colour. */
import type { WireMetrics } from '../../../../src/faces/rest/schemas/metrics.ts';
import { formatMinute } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { toMood, type Phase } from '../phase.tsx';

type Beat = WireMetrics['accounts'][number]['beats'][number];

const shown = 60;
const step = 4;
const height = 20;
const heights = { good: 20, busy: 13, bad: 8, idle: 4 } as const;

export function Heartbeat({ beats }: { beats: readonly Beat[] }) {
  const missing = shown - beats.length;
  return (
    <svg
      class="heartbeat"
      viewBox={`0 0 ${shown * step} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={describe(beats)}
    >
      {Array.from({ length: Math.max(0, missing) }, (_, index) => (
        <rect key={index} class="none" x={index * step} y={height - 2} width={step - 1} height={2} />
      ))}
      {beats.map((beat, index) => {
        const mood = toMood(beat.phase);
        const barHeight = heights[mood];
        return (
          <rect
            key={beat.at}
            class={mood}
            x={(missing + index) * step}
            y={height - barHeight}
            width={step - 1}
            height={barHeight}
          >
            <title>{`${formatMinute(Date.parse(beat.at))} ${words().phase[beat.phase]}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function describe(beats: readonly Beat[]): string {
  const text = words();
  const counts = new Map<Phase, number>();
  for (const { phase } of beats) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  const parts = [...counts].map(([phase, count]) => `${text.phase[phase]} ${count}`);
  return parts.length === 0
    ? text.overview.noBeats
    : text.overview.beatsSpoken(parts.join(', '), beats.length);
}
