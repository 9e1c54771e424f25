/** How something does, told by a shape, a colour and a word; each of them is enough. */
export type Mood = 'good' | 'busy' | 'bad' | 'idle';

const shapes: Readonly<Record<Mood, { d: string; filled: boolean }>> = {
  good: { d: 'M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z', filled: true },
  busy: { d: 'M6 1.5a4.5 4.5 0 1 0 4.5 4.5', filled: false },
  bad: { d: 'M6 .8 11.4 11H.6z', filled: true },
  idle: { d: 'M1.8 1.8h8.4v8.4H1.8z', filled: false },
};

export function State({ mood, children }: { mood: Mood; children: string }) {
  const { d, filled } = shapes[mood];
  return (
    <span class={`state ${mood}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={d} fill={filled ? 'currentColor' : 'none'} stroke="currentColor" stroke-width="1.5" />
      </svg>
      {children}
    </span>
  );
}
