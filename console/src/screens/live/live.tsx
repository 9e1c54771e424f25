/** Everything that happens, as it happens. A row opens the journey of its message. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { toHref } from '../../app/router.ts';
import { Choices, Field } from '../../design/field.tsx';
import { Icon } from '../../design/icons.tsx';
import { Empty, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { toActor, toLine } from '../event-text.ts';
import { JourneySheet } from '../journey/journey.tsx';
import { begun, clearFlow, followFlow, goOn, heldBack, paused, rows, type FlowRow } from './flow.ts';
import { FlowList } from './flow-list.tsx';
import './live.css';

type Kinds = 'all' | 'messages' | 'acts' | 'people';

const kindsOf: Readonly<Record<Exclude<Kinds, 'all'>, readonly string[]>> = {
  messages: ['message'],
  acts: ['edit', 'recall', 'reaction', 'outcome'],
  people: ['join', 'leave', 'rename', 'topic', 'request', 'answer'],
};

export function Live() {
  const text = words().live;
  const account = useSignal('');
  const kinds = useSignal<Kinds>('all');
  const sought = useSignal('');
  const opened = useSignal<string | undefined>(undefined);
  useEffect(followFlow, []);

  const all = rows.value;
  const shown = all.filter((row) =>
    passes(row, account.value, kinds.value, sought.value.trim().toLowerCase()),
  );
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <>
          <button type="button" disabled={all.length === 0} onClick={clearFlow}>
            {text.clear}
          </button>
          {paused.value ? (
            <button type="button" class="main" onClick={goOn}>
              <Icon name="play" />
              {heldBack.value === 0 ? text.goOn : text.goOnWith(heldBack.value)}
            </button>
          ) : (
            <button type="button" onClick={() => (paused.value = true)}>
              <Icon name="pause" />
              {text.pause}
            </button>
          )}
        </>
      }
    >
      <div class="row filters">
        <Choices
          label={text.kinds}
          choices={[
            { value: 'all', label: text.all },
            { value: 'messages', label: text.messages },
            { value: 'acts', label: text.acts },
            { value: 'people', label: text.people },
          ]}
          value={kinds.value}
          onChoose={(value) => (kinds.value = value)}
        />
        <Field label={text.account}>
          {(control) => (
            <select
              {...control}
              value={account.value}
              onChange={(event) => (account.value = event.currentTarget.value)}
            >
              <option value="">{text.everyAccount}</option>
              {accountsOf(all).map((id) => (
                <option key={id} value={id}>
                  {id}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label={text.contains}>
          {(control) => (
            <input
              {...control}
              type="search"
              value={sought.value}
              onInput={(event) => (sought.value = event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
      {all.length === 0 && !begun.value ? (
        <p class="soft">{words().common.loading}</p>
      ) : all.length === 0 ? (
        <Empty
          title={text.emptyTitle}
          action={
            <a class="button" href={toHref('rooms')}>
              {text.emptyAction}
            </a>
          }
        >
          {text.emptyText}
        </Empty>
      ) : shown.length === 0 ? (
        <Empty
          title={text.noneTitle}
          action={
            <button
              type="button"
              onClick={() => {
                account.value = '';
                kinds.value = 'all';
                sought.value = '';
              }}
            >
              {text.noneAction}
            </button>
          }
        >
          {text.noneText(all.length)}
        </Empty>
      ) : (
        <FlowList rows={shown} onOpen={(id) => (opened.value = id)} />
      )}
      {opened.value !== undefined && (
        <JourneySheet id={opened.value} onClose={() => (opened.value = undefined)} />
      )}
    </Page>
  );
}

function passes(row: FlowRow, account: string, kinds: Kinds, sought: string): boolean {
  if ('gapAfter' in row) return true;
  const { event } = row;
  if (account !== '' && event.account !== account) return false;
  if (kinds !== 'all' && !kindsOf[kinds].includes(event.kind)) return false;
  return sought === '' || `${event.room} ${toActor(event)} ${toLine(event)}`.toLowerCase().includes(sought);
}

function accountsOf(all: readonly FlowRow[]): string[] {
  return [...new Set(all.flatMap((row) => ('event' in row ? [row.event.account] : [])))].toSorted();
}
