/** The console's own small drawings, one stroke width, on a grid of 20. */
const paths = {
  overview: 'M3 3h6v8H3zM11 3h6v4h-6zM11 10h6v7h-6zM3 14h6v3H3z',
  live: 'M2 10h4l2.5-6 3.5 12 2.5-6H18',
  queue: 'M3 5h14M3 10h14M3 15h8M14.5 12.5v5M12 15h5',
  requests: 'M8 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 17a5.5 5.5 0 0 1 11 0M13 9l1.8 1.8L18 7',
  rooms: 'M3 4h14v9H9l-4 3.5V13H3z',
  links: 'M7 6.5H4.5a3.5 3.5 0 0 0 0 7H7M13 6.5h2.5a3.5 3.5 0 0 1 0 7H13M6.5 10h7',
  connect: 'M10 3v14M3 10h14',
  bots: 'M7 6 3 10l4 4M13 6l4 4-4 4M11.5 4l-3 12',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  more: 'M3 5h14M3 10h14M3 15h14',
  close: 'M5 5l10 10M15 5 5 15',
  arrow: 'M4 10h12M11 5l5 5-5 5',
  both: 'M3 10h14M7 6l-4 4 4 4M13 6l4 4-4 4',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4',
  pause: 'M7 4v12M13 4v12',
  play: 'M6 4l10 6-10 6z',
  reply: 'M8 5 3 10l5 5M3 10h8a6 6 0 0 1 6 6',
  picture: 'M3 4h14v12H3zM3 13l4-4 4 4 3-3 3 3M13 7.5h.5',
  bell: 'M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3',
  edit: 'M4 16l1-4 8-8 3 3-8 8z',
  trash: 'M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6',
  smile: 'M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM7.5 8v.5M12.5 8v.5M7 11.5c1 2.5 5 2.5 6 0',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" />
    </svg>
  );
}
