/** The links, as a map and as a table; a new one is drawn, looked at as a difference, and applied. */
import { useSignal } from '@preact/signals';
import type { WireLink } from '../../../../src/faces/rest/schemas/link.ts';
import {
  readAccounts,
  readConfiguration,
  readForms,
  readLinks,
  readMetrics,
  readRooms,
} from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { route, toHref } from '../../app/router.ts';
import { Choices } from '../../design/field.tsx';
import { Empty, Notice, Page } from '../../design/page.tsx';
import { Table } from '../../design/table.tsx';
import { words } from '../../i18n/words.ts';
import type { Settings } from '../../forms/schema-form.tsx';
import { toKnownRooms } from '../rooms/known-rooms.ts';
import { LinkDialog } from './link-dialog.tsx';
import { toLayout } from './map-layout.ts';
import { LinksMap, type Drawn } from './map.tsx';
import './links.css';

async function readAll(signal: AbortSignal) {
  const [accounts, links, metrics, configuration, forms] = await Promise.all([
    readAccounts(signal),
    readLinks(signal),
    readMetrics(signal),
    readConfiguration(signal),
    readForms(signal),
  ]);
  // An account that is just away tells of no rooms; those of its links are shown all the same.
  const told = await Promise.all(accounts.map((account) => readRooms(account.id, signal).catch(() => [])));
  const rates = new Map(metrics.links.map((link) => [link.name, link.perMinute]));
  return { rooms: toKnownRooms(accounts, links, told.flat()), links, rates, configuration, forms };
}

/** A link that is being made (`name` missing) or changed. */
interface Editing {
  name?: string;
  written: Settings;
}

const refreshMs = 10_000;

export function Links() {
  const text = words().links;
  // On a telephone the map is too wide to be seen at once.
  const view = useSignal<'map' | 'table'>(matchMedia('(width < 720px)').matches ? 'table' : 'map');
  const all = useResource(readAll, '', refreshMs);
  const fromRoom = route.value.parameters.get('room');
  const editing = useSignal<Editing | undefined>(
    fromRoom === undefined ? undefined : { written: { rooms: [fromRoom] } },
  );
  const known = all.value.value;

  function open(name: string): void {
    const written = known?.configuration.links.find((link) => link['name'] === name);
    if (written !== undefined) editing.value = { name, written };
  }

  function draw({ from, to }: Drawn): void {
    if ('room' in to) {
      editing.value = { written: { rooms: [from, to.room] } };
      return;
    }
    const written = known?.configuration.links.find((link) => link['name'] === to.link);
    const rooms = Array.isArray(written?.['rooms']) ? (written['rooms'] as unknown[]) : [];
    if (written === undefined || rooms.includes(from)) return;
    editing.value = { name: to.link, written: { ...written, rooms: [...rooms, from] } };
  }

  const begin = () => (editing.value = { written: { rooms: [] } });
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <>
          <Choices
            label={text.show}
            choices={[
              { value: 'map', label: text.map },
              { value: 'table', label: text.table },
            ]}
            value={view.value}
            onChoose={(value) => (view.value = value)}
          />
          <button type="button" class="main" disabled={known === undefined} onClick={begin}>
            {text.draw}
          </button>
        </>
      }
    >
      {all.error.value !== undefined && <Notice mood="bad">{all.error.value}</Notice>}
      {known === undefined ? (
        all.error.value === undefined && <p class="soft">{words().common.loading}</p>
      ) : (
        <>
          {known.links.length === 0 && (
            <Empty
              title={text.emptyTitle}
              action={
                known.rooms.rooms.length < 2 ? (
                  <a class="button main" href={toHref('connect')}>
                    {words().connect.add}
                  </a>
                ) : (
                  <button type="button" class="main" onClick={begin}>
                    {text.draw}
                  </button>
                )
              }
            >
              {known.rooms.rooms.length < 2 ? text.emptyAlone : text.emptyText}
            </Empty>
          )}
          {view.value === 'map' && known.rooms.rooms.length > 0 && (
            <LinksMap layout={toLayout(known.rooms, known.links, known.rates)} onDraw={draw} onOpen={open} />
          )}
          {view.value === 'table' && known.links.length > 0 && (
            <LinkTable links={known.links} rates={known.rates} onOpen={open} />
          )}
          {editing.value !== undefined && (
            <LinkDialog
              {...(editing.value.name === undefined ? {} : { name: editing.value.name })}
              written={editing.value.written}
              taken={known.links.map((link) => link.name)}
              index={known.configuration.links.findIndex((link) => link['name'] === editing.value?.name)}
              count={known.configuration.links.length}
              schema={known.forms.link}
              rooms={known.rooms}
              onApplied={() => {
                editing.value = undefined;
                void all.reload();
              }}
              onClose={() => (editing.value = undefined)}
            />
          )}
        </>
      )}
    </Page>
  );
}

function LinkTable(props: {
  links: readonly WireLink[];
  rates: ReadonlyMap<string, number>;
  onOpen: (name: string) => void;
}) {
  const text = words().links;
  const { columns } = text;
  return (
    <Table
      label={text.title}
      columns={[columns.name, columns.rooms, columns.direction, columns.rate]}
      buttons={columns.change}
    >
      {props.links.map((link) => (
        <tr key={link.name}>
          <td>
            <strong>{link.name}</strong>
          </td>
          <td data-label={columns.rooms}>
            <ul>
              {link.rooms.map((room) => (
                <li key={room} class="anywhere">
                  {room}
                </li>
              ))}
            </ul>
          </td>
          <td data-label={columns.direction}>{text.directions[link.direction]}</td>
          <td class="numbers" data-label={columns.rate}>
            {text.rate(props.rates.get(link.name) ?? 0)}
          </td>
          <td>
            <button type="button" onClick={() => props.onOpen(link.name)}>
              {text.change}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
