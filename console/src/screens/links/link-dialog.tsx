/** One link: its rooms, which way, and what else it can say; then what applying it would do. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { WireChange } from '../../../../src/faces/rest/schemas/configuration.ts';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { Icon } from '../../design/icons.tsx';
import { ProposalView, useChange } from '../../forms/proposal.tsx';
import { problemAt } from '../../forms/problems.ts';
import { SchemaForm, type Settings } from '../../forms/schema-form.tsx';
import type { Schema } from '../../forms/schema.ts';
import { words } from '../../i18n/words.ts';
import type { KnownRooms } from '../rooms/known-rooms.ts';

export function LinkDialog(props: {
  /** Missing for a new link. */
  name?: string;
  written: Settings;
  /** Names of links that are there. */
  taken: readonly string[];
  /** Where it stands in the file, -1 for a new one; and how many there are. */
  index: number;
  count: number;
  schema: Schema;
  rooms: KnownRooms;
  onApplied: () => void;
  onClose: () => void;
}) {
  const text = words().links;
  const list = useId();
  const written = useSignal<Settings>(props.written);
  const rooms = useSignal<readonly string[]>(padded(toTexts(props.written['rooms'])));
  const change = useChange(props.onApplied);
  const name = typeof written.value['name'] === 'string' ? written.value['name'] : '';
  const link: Settings = {
    ...written.value,
    name: name === '' ? toFreeName(rooms.value, props.taken) : name,
    rooms: rooms.value.filter((room) => room.trim() !== ''),
  };
  const path = `links[${props.index === -1 ? props.count : props.index}]`;
  const problems = change.checked.value?.proposal.problems ?? [];
  const known = props.rooms.rooms.map((room) => room.room);

  function setRoom(index: number, room: string): void {
    change.forget();
    rooms.value = rooms.value.map((each, at) => (at === index ? room : each));
  }

  function toChange(): WireChange {
    const operation =
      props.name === undefined
        ? ({ do: 'add-link', link } as const)
        : ({ do: 'replace-link', name: props.name, link } as const);
    return { operations: [operation] };
  }

  return (
    <Dialog
      title={props.name === undefined ? text.newLink : text.changeLink(props.name)}
      onClose={props.onClose}
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void change.check(toChange());
        }}
      >
        <datalist id={list}>
          {known.map((room) => (
            <option key={room} value={room} />
          ))}
        </datalist>
        <div class="stack tight">
          {rooms.value.map((room, index) => (
            <Field
              key={index}
              label={text.room(index + 1)}
              error={problemAt(problems, `${path}.rooms[${index}]`)}
              {...(index === 0 ? { hint: text.roomHint } : {})}
            >
              {(control) => (
                <span class="room-field">
                  <input
                    {...control}
                    list={list}
                    value={room}
                    placeholder="account/room"
                    spellcheck={false}
                    autocapitalize="off"
                    onInput={(event) => setRoom(index, event.currentTarget.value)}
                  />
                  {rooms.value.length > 2 && (
                    <button
                      type="button"
                      class="icon"
                      aria-label={text.removeRoom(index + 1)}
                      onClick={() => (rooms.value = rooms.value.filter((_, at) => at !== index))}
                    >
                      <Icon name="close" size={14} />
                    </button>
                  )}
                </span>
              )}
            </Field>
          ))}
          <button type="button" class="quiet add-room" onClick={() => (rooms.value = [...rooms.value, ''])}>
            {text.addRoom}
          </button>
        </div>
        <Field label={text.columns.name} hint={text.nameHint} error={problemAt(problems, `${path}.name`)}>
          {(control) => (
            <input
              {...control}
              value={name}
              placeholder={toFreeName(rooms.value, props.taken)}
              onInput={(event) => {
                change.forget();
                written.value = { ...written.value, name: event.currentTarget.value };
              }}
            />
          )}
        </Field>
        <SchemaForm
          schema={props.schema}
          without={['name', 'rooms']}
          first={['direction']}
          value={written.value}
          path={path}
          problems={problems}
          onChange={(value) => {
            change.forget();
            written.value = value;
          }}
        />
        {change.checked.value === undefined && (
          <div class="row">
            <button class="main" disabled={change.busy.value}>
              {words().forms.check}
            </button>
            {props.name !== undefined && (
              <button
                type="button"
                class="bad"
                onClick={() =>
                  void change.check({ operations: [{ do: 'remove-link', name: props.name ?? '' }] })
                }
              >
                {text.remove}
              </button>
            )}
          </div>
        )}
      </form>
      <ProposalView change={change} shown={(at) => at.startsWith(`${path}.`)} />
    </Dialog>
  );
}

function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

/** Two fields at least: a link of one room is none. */
function padded(rooms: readonly string[]): string[] {
  return [...rooms, ...Array.from({ length: Math.max(0, 2 - rooms.length) }, () => '')];
}

/** The first room's name, made unlike the others. */
function toFreeName(rooms: readonly string[], taken: readonly string[]): string {
  const first = rooms.find((room) => room.includes('/')) ?? '';
  const base =
    first
      .slice(first.indexOf('/') + 1)
      .split('@')[0]
      ?.slice(0, 60) || 'link';
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!taken.includes(name)) return name;
  }
}
