/** A guest's name, before the first word. */
import { useSignal } from '@preact/signals';
import { Field } from '../design/field.tsx';
import { words } from '../i18n/words.ts';

export function NickForm(props: {
  house: string;
  error: string | undefined;
  onNick: (nick: string) => void;
}) {
  const text = words().room;
  const nick = useSignal('');
  return (
    <form
      class="stack nick-form"
      onSubmit={(event) => {
        event.preventDefault();
        props.onNick(nick.value.trim());
      }}
    >
      <h2>{text.welcome(props.house)}</h2>
      <Field label={text.nick} hint={text.nickHint} error={props.error}>
        {(control) => (
          <input
            {...control}
            required
            maxlength={40}
            autocomplete="nickname"
            value={nick.value}
            onInput={(event) => (nick.value = event.currentTarget.value)}
          />
        )}
      </Field>
      <div>
        <button class="main">{text.enter}</button>
      </div>
    </form>
  );
}
