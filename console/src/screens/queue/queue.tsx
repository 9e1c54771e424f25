/** Deliveries that did not go out: those that a person has to decide about, and those that wait for their turn. */
import { useSignal } from '@preact/signals';
import { toMessage } from '../../api/call.ts';
import {
  changeDeliveries,
  readDeliveries,
  type DeliverySelection,
  type DeliveryState,
} from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { navigate, route, toHref } from '../../app/router.ts';
import { isAdministrator } from '../../app/session.ts';
import { Choices } from '../../design/field.tsx';
import { Empty, Notice, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { JourneySheet } from '../journey/journey.tsx';
import { ConfirmDrop } from './confirm-drop.tsx';
import { DeliveryTable } from './delivery-table.tsx';
import { exportDeliveries } from './export.ts';
import './queue.css';

type View = 'parked' | 'unknown' | 'waiting';

const statesOf: Readonly<Record<View, readonly DeliveryState[]>> = {
  parked: ['parked'],
  unknown: ['unknown'],
  waiting: ['pending', 'sending'],
};

const refreshMs = 4000;

export function Queue() {
  const text = words().queue;
  const account = route.value.parameters.get('account');
  const view = useSignal<View>('parked');
  const chosen = useSignal<ReadonlySet<number>>(new Set());
  const opened = useSignal<string | undefined>(undefined);
  const dropping = useSignal<DeliverySelection | undefined>(undefined);
  const said = useSignal<{ mood: 'plain' | 'bad'; text: string } | undefined>(undefined);
  const states = statesOf[view.value];
  const list = useResource(
    (signal) => readDeliveries({ states, account }, 0, signal),
    `${view.value} ${account ?? ''}`,
    refreshMs,
  );
  const deliveries = list.value.value ?? [];
  const all: DeliverySelection = {
    filter: { states: [...states], ...(account === undefined ? {} : { account }) },
  };
  const selection: DeliverySelection = chosen.value.size === 0 ? all : { ids: [...chosen.value] };

  async function change(what: 'retry' | 'drop', of: DeliverySelection): Promise<void> {
    dropping.value = undefined;
    try {
      const changed = await changeDeliveries(what, of);
      said.value = { mood: 'plain', text: what === 'retry' ? text.retried(changed) : text.dropped(changed) };
      chosen.value = new Set();
    } catch (error) {
      said.value = { mood: 'bad', text: toMessage(error) };
    }
    await list.reload();
  }

  async function exportAll(): Promise<void> {
    try {
      await exportDeliveries({ states, account });
    } catch (error) {
      said.value = { mood: 'bad', text: toMessage(error) };
    }
  }

  return (
    <Page title={text.title} lead={text.lead}>
      <div class="row">
        <Choices
          label={text.show}
          choices={[
            { value: 'parked', label: text.views.parked },
            { value: 'unknown', label: text.views.unknown },
            { value: 'waiting', label: text.views.waiting },
          ]}
          value={view.value}
          onChoose={(value) => {
            view.value = value;
            chosen.value = new Set();
          }}
        />
        {account !== undefined && (
          <button type="button" onClick={() => navigate('queue')}>
            {text.onlyAccount(account)}
          </button>
        )}
        <span class="grow" />
        {deliveries.length > 0 && (
          <>
            <button type="button" onClick={() => void exportAll()}>
              {text.export}
            </button>
            {isAdministrator.value && (
              <button type="button" class="bad" onClick={() => (dropping.value = selection)}>
                {chosen.value.size === 0 ? text.dropAll : text.dropChosen(chosen.value.size)}
              </button>
            )}
            {isAdministrator.value && view.value !== 'waiting' && (
              <button type="button" class="main" onClick={() => void change('retry', selection)}>
                {chosen.value.size === 0 ? text.retryAll : text.retryChosen(chosen.value.size)}
              </button>
            )}
          </>
        )}
      </div>
      {said.value !== undefined && <Notice mood={said.value.mood}>{said.value.text}</Notice>}
      {list.error.value !== undefined && <Notice mood="bad">{list.error.value}</Notice>}
      {list.value.value === undefined ? (
        list.error.value === undefined && <p class="soft">{words().common.loading}</p>
      ) : deliveries.length === 0 ? (
        <Empty
          title={text.empty[view.value].title}
          action={
            <a class="button" href={toHref('live')}>
              {text.emptyAction}
            </a>
          }
        >
          {text.empty[view.value].text}
        </Empty>
      ) : (
        <DeliveryTable
          deliveries={deliveries}
          chosen={chosen.value}
          waiting={view.value === 'waiting'}
          onChoose={(next) => (chosen.value = next)}
          onOpen={(id) => (opened.value = id)}
        />
      )}
      {opened.value !== undefined && (
        <JourneySheet id={opened.value} onClose={() => (opened.value = undefined)} />
      )}
      {dropping.value !== undefined && (
        <ConfirmDrop
          count={'ids' in dropping.value ? dropping.value.ids.length : undefined}
          onDrop={() => void change('drop', dropping.value ?? all)}
          onClose={() => (dropping.value = undefined)}
        />
      )}
    </Page>
  );
}
