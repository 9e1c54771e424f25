/**
 * The links as a map. Drawing a line from a room to another room, or to a link, begins a change; the same can be done
 * with the button and the table, without a pointer.
 */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { words } from '../../i18n/words.ts';
import { linkWidth, mapWidth, roomWidth, rowHeight, type Edge, type MapLayout } from './map-layout.ts';

const nodeHeight = 26;
const linkX = mapWidth - linkWidth;

export type Drawn = { from: string; to: { room: string } | { link: string } };

export function LinksMap(props: {
  layout: MapLayout;
  onDraw: (drawn: Drawn) => void;
  onOpen: (link: string) => void;
}) {
  const { layout } = props;
  const text = words().links;
  const svg = useRef<SVGSVGElement>(null);
  const drawing = useSignal<{ from: string; fromY: number; x: number; y: number } | undefined>(undefined);
  const hovered = useSignal<string | undefined>(undefined);

  function toPoint(event: PointerEvent): { x: number; y: number } {
    const matrix = svg.current?.getScreenCTM()?.inverse();
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
  }

  function begin(event: PointerEvent, from: string, fromY: number): void {
    if (event.button !== 0) return;
    svg.current?.setPointerCapture(event.pointerId);
    drawing.value = { from, fromY, ...toPoint(event) };
  }

  function end(event: PointerEvent): void {
    const line = drawing.value;
    drawing.value = undefined;
    if (line === undefined) return;
    const { x, y } = toPoint(event);
    const within = (each: { y: number }) => Math.abs(each.y - y) <= rowHeight / 2;
    const link = x >= linkX ? layout.links.find(within) : undefined;
    const room = x <= roomWidth ? layout.rooms.find(within) : undefined;
    if (link !== undefined) props.onDraw({ from: line.from, to: { link: link.link.name } });
    else if (room !== undefined && room.room !== line.from)
      props.onDraw({ from: line.from, to: { room: room.room } });
  }

  const line = drawing.value;
  return (
    <div class="map-box" role="region" aria-label={text.map} tabIndex={0}>
      <svg
        ref={svg}
        class={line === undefined ? 'map' : 'map drawing'}
        viewBox={`0 0 ${mapWidth} ${layout.height}`}
        role="group"
        aria-label={text.mapLabel(layout.rooms.length, layout.links.length)}
        onPointerMove={(event) => {
          if (line !== undefined) drawing.value = { ...line, ...toPoint(event) };
        }}
        onPointerUp={end}
        onPointerCancel={() => (drawing.value = undefined)}
      >
        <g class="edges" aria-hidden="true">
          {layout.edges.map((edge) => (
            <EdgeLine
              key={edge.key}
              edge={edge}
              isDim={
                hovered.value !== undefined && hovered.value !== edge.link && hovered.value !== edge.room
              }
            />
          ))}
        </g>
        {layout.accounts.map((account) => (
          <g key={account.id} class="map-account">
            <text x={2} y={account.y + 5}>
              {account.id}
            </text>
            <text class="map-network" x={roomWidth - 4} y={account.y + 5} text-anchor="end">
              {account.network}
            </text>
          </g>
        ))}
        {layout.rooms.map((room) => (
          <g
            key={room.room}
            class={room.links.length === 0 ? 'map-room alone' : 'map-room'}
            onPointerEnter={() => (hovered.value = room.room)}
            onPointerLeave={() => (hovered.value = undefined)}
            onPointerDown={(event) => begin(event, room.room, room.y)}
            // A finger draws here and does not scroll; browsers heed no `touch-action` within an SVG.
            onTouchStart={(event) => event.preventDefault()}
          >
            <title>{room.room}</title>
            <rect x={0.5} y={room.y - nodeHeight / 2} width={roomWidth - 8} height={nodeHeight} rx={4} />
            <text x={12} y={room.y + 4.5}>
              {shorten(room.name, 38)}
            </text>
            <circle cx={roomWidth - 7.5} cy={room.y} r={5} />
          </g>
        ))}
        {layout.links.map(({ link, perMinute, y }) => (
          <g
            key={link.name}
            class="map-link"
            role="button"
            // In small letters: the names of SVG's attributes are taken as they are written.
            tabindex={0}
            onPointerEnter={() => (hovered.value = link.name)}
            onPointerLeave={() => (hovered.value = undefined)}
            onClick={() => props.onOpen(link.name)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              props.onOpen(link.name);
            }}
          >
            <desc>{link.rooms.join(', ')}</desc>
            <rect x={linkX} y={y - nodeHeight / 2} width={linkWidth - 1} height={nodeHeight} rx={4} />
            <text x={linkX + 12} y={y + 4.5}>
              {shorten(link.name, 22)}
            </text>
            <text class="map-rate" x={mapWidth - 12} y={y + 4.5} text-anchor="end">
              {text.rate(perMinute)}
            </text>
          </g>
        ))}
        {line !== undefined && (
          <line class="map-line" x1={roomWidth - 7.5} y1={line.fromY} x2={line.x} y2={line.y} />
        )}
      </svg>
    </div>
  );
}

function EdgeLine({ edge, isDim }: { edge: Edge; isDim: boolean }) {
  const x1 = roomWidth - 2;
  const middle = (x1 + linkX) / 2;
  const path = `M${x1} ${edge.fromY}C${middle} ${edge.fromY} ${middle} ${edge.toY} ${linkX} ${edge.toY}`;
  const classes = ['edge', edge.way === 'both' ? '' : 'one-way', isDim ? 'dim' : '']
    .filter(Boolean)
    .join(' ');
  return (
    <g class={classes}>
      <path d={path} stroke-width={edge.width} />
      {edge.way === 'in' && <path class="head" d={`M${linkX} ${edge.toY}l-9 -5v10z`} />}
      {edge.way === 'out' && <path class="head" d={`M${x1} ${edge.fromY}l9 -5v10z`} />}
    </g>
  );
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
