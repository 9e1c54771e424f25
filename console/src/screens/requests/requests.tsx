/** What people ask of the accounts: those who wait for an answer, and what was answered lately. */
import { useSignal } from '@preact/signals';
import type { WireRequestStatus } from '../../../../src/faces/rest/schemas/request.ts';
import { toMessage } from '../../api/call.ts';
import { answerRequest, readRequests, type RequestState } from '../../api/requests.ts';
import { useResource } from '../../api/resource.ts';
import { Choices } from '../../design/field.tsx';
import { Empty, Notice, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { RefuseDialog } from './refuse-dialog.tsx';
import { RequestCard } from './request-card.tsx';
import './requests.css';

type View = 'open' | 'answered';

const statesOf: Readonly<Record<View, readonly RequestState[]>> = {
  open: ['open'],
  answered: ['accepted', 'refused', 'gone'],
};

const refreshMs = 4000;

export function Requests() {
  const text = words().requests;
  const view = useSignal<View>('open');
  const refusing = useSignal<WireRequestStatus | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const list = useResource((signal) => readRequests(statesOf[view.value], signal), view.value, refreshMs);
  const requests = list.value.value;

  async function answer(status: WireRequestStatus, accept: boolean, reason = ''): Promise<void> {
    refusing.value = undefined;
    failure.value = undefined;
    try {
      await answerRequest(status, { accept, ...(reason === '' ? {} : { reason }) });
    } catch (error) {
      failure.value = toMessage(error);
    }
    await list.reload();
  }

  return (
    <Page title={text.title} lead={text.lead}>
      <div class="row">
        <Choices
          label={text.show}
          choices={[
            { value: 'open', label: text.views.open },
            { value: 'answered', label: text.views.answered },
          ]}
          value={view.value}
          onChoose={(value) => (view.value = value)}
        />
      </div>
      {failure.value !== undefined && <Notice mood="bad">{failure.value}</Notice>}
      {list.error.value !== undefined && <Notice mood="bad">{list.error.value}</Notice>}
      {requests === undefined ? (
        list.error.value === undefined && <p class="soft">{words().common.loading}</p>
      ) : requests.length === 0 ? (
        <Empty title={text.empty[view.value].title}>{text.empty[view.value].text}</Empty>
      ) : (
        <ul class="requests">
          {requests.map((status) => (
            <RequestCard
              key={status.request.id}
              status={status}
              onAccept={() => void answer(status, true)}
              onRefuse={() => (refusing.value = status)}
            />
          ))}
        </ul>
      )}
      {refusing.value !== undefined && (
        <RefuseDialog
          status={refusing.value}
          onRefuse={(reason) => void answer(refusing.value!, false, reason)}
          onClose={() => (refusing.value = undefined)}
        />
      )}
    </Page>
  );
}
