/** What the network asks during a login: something to type, or one of a few answers to choose. */
import { useSignal } from '@preact/signals';
import { useId } from 'preact/hooks';
import type { WireLoginStep } from '../../../../src/faces/rest/schemas/account.ts';
import { toMessage } from '../../api/call.ts';
import { answerLogin } from '../../api/hub.ts';
import { Field } from '../../design/field.tsx';
import { Told } from '../../design/told.tsx';
import { words } from '../../i18n/words.ts';

type CodeStep = Extract<WireLoginStep, { type: 'code' }>;

export function LoginAnswer({ account, step }: { account: string; step: CodeStep }) {
  const text = words().connect;
  const typed = useSignal('');
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function send(answer: string): Promise<void> {
    busy.value = true;
    try {
      await answerLogin(account, answer);
      typed.value = '';
      error.value = undefined;
    } catch (failure) {
      error.value = toMessage(failure);
    } finally {
      busy.value = false;
    }
  }

  if (step.choices !== undefined) {
    return (
      <Choice
        message={words().hub.said(step.message)}
        choices={step.choices}
        error={error.value}
        busy={busy.value}
        onChoose={(answer) => void send(answer)}
      />
    );
  }
  return (
    <form
      class="panel stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send(typed.value.trim());
      }}
    >
      <Field label={text.answer} hint={words().hub.said(step.message)} error={error.value}>
        {(control) => (
          <input
            {...control}
            autocomplete="one-time-code"
            autocapitalize="off"
            spellcheck={false}
            required
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="row">
        <button class="main" disabled={busy.value}>
          {text.sendAnswer}
        </button>
        {busy.value && <span class="small soft">{text.testWaiting}</span>}
      </div>
    </form>
  );
}

function Choice(props: {
  message: string;
  choices: readonly string[];
  error: string | undefined;
  busy: boolean;
  onChoose: (answer: string) => void;
}) {
  const id = useId();
  return (
    <section class="panel stack" role="group" aria-labelledby={id}>
      <p id={id} class="anywhere">
        {props.message}
      </p>
      <div class="row">
        {props.choices.map((choice) => (
          <button key={choice} type="button" disabled={props.busy} onClick={() => props.onChoose(choice)}>
            {words().hub.said(choice)}
          </button>
        ))}
      </div>
      {props.error !== undefined && (
        <p class="error" role="alert">
          <Told>{props.error}</Told>
        </p>
      )}
    </section>
  );
}
