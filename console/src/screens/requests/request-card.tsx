/** One request: who asks what, with their words, and the answer or what to answer. */
import type { WireRequestStatus } from '../../../../src/faces/rest/schemas/request.ts';
import { State, type Mood } from '../../design/state.tsx';
import { formatMoment } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';

const moods: Readonly<Record<WireRequestStatus['state'], Mood>> = {
  open: 'busy',
  accepted: 'good',
  refused: 'idle',
  gone: 'idle',
};

export function RequestCard(props: {
  status: WireRequestStatus;
  onAccept: () => void;
  onRefuse: () => void;
}) {
  const { request, state } = props.status;
  const text = words().requests;
  const isOpen = state === 'open' || hasFailed(props.status);
  return (
    <li class="panel request">
      <p class="anywhere">
        <strong>{request.from.name}</strong> <span class="soft">{request.from.id}</span>{' '}
        {text.asks[request.ask]}
        {request.ask !== 'contact' && <> {request.roomName ?? toRoom(request.room)}</>}
      </p>
      {request.comment !== undefined && <blockquote class="anywhere">{request.comment}</blockquote>}
      <p class="small soft anywhere">
        {request.account} · {formatMoment(Date.parse(request.at))}
        {request.expiresAt !== undefined && ` · ${text.until(formatMoment(Date.parse(request.expiresAt)))}`}
      </p>
      {state !== 'open' && <Answered status={props.status} />}
      {isOpen && (
        <div class="row end">
          <button type="button" onClick={props.onRefuse}>
            {text.refuse}
          </button>
          <button type="button" class="main" onClick={props.onAccept}>
            {text.accept}
          </button>
        </div>
      )}
    </li>
  );
}

function Answered({ status: { state, answer, delivery } }: { status: WireRequestStatus }) {
  const text = words().requests;
  const by = answer?.postedBy?.replace(/^user:/, '') ?? answer?.actor?.name;
  return (
    <>
      <p>
        <State mood={moods[state]}>{text.states[state]}</State>
        {answer !== undefined && (
          <span class="small soft">
            {' '}
            {by === undefined ? '' : `${text.by(by)} · `}
            {formatMoment(Date.parse(answer.at))}
          </span>
        )}
      </p>
      {answer?.reason !== undefined && <p class="small anywhere">{text.because(answer.reason)}</p>}
      {delivery !== undefined && delivery.state !== 'sent' && (
        <p class="notice warn anywhere">
          {words().delivery[delivery.state]}
          {delivery.reason !== undefined && `: ${words().hub.said(delivery.reason)}`}
        </p>
      )}
    </>
  );
}

/** The network did not take the answer: there can be another. */
function hasFailed({ delivery }: WireRequestStatus): boolean {
  return delivery?.state === 'parked' || delivery?.state === 'dropped';
}

function toRoom(ref: string): string {
  return ref.slice(ref.indexOf('/') + 1);
}
