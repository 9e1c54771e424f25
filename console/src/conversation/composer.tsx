/** Where one writes: Enter sends, Shift+Enter is a new line, and what could not be sent stays. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { toMessage } from '../api/call.ts';
import { Icon } from '../design/icons.tsx';
import { Told } from '../design/told.tsx';
import { words } from '../i18n/words.ts';

export function Composer(props: {
  label: string;
  /** Rejects when it was not said; the text is kept then. */
  onSend: (text: string) => Promise<void>;
  /** Called while one writes, not more often than the door asks for. */
  onTyping?: () => void;
  /** Pictures pasted into or dropped onto the field. */
  onFiles?: ((files: readonly File[]) => void) | undefined;
  /** Names that `@` may begin, newest speakers first. */
  names?: readonly string[];
  /** What the text starts as, when a message is edited. */
  initial?: string | undefined;
  /** Above the field: what is answered or edited. */
  context?: ComponentChildren;
  disabled?: boolean;
}) {
  const text = words().conversation;
  const written = useSignal(props.initial ?? '');
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (props.initial === undefined) return;
    written.value = props.initial;
    field.current?.focus();
  }, [props.initial]);

  async function send(): Promise<void> {
    const said = written.value.trim();
    if (said === '' || busy.value) return;
    busy.value = true;
    error.value = undefined;
    try {
      await props.onSend(said);
      written.value = '';
    } catch (failure) {
      error.value = text.notSaid(toMessage(failure));
    } finally {
      busy.value = false;
      field.current?.focus();
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    // While an input method composes (Chinese), Enter is the input method's.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Tab' && !event.shiftKey) {
      const completed = complete(written.value, props.names ?? []);
      if (completed === undefined) return;
      event.preventDefault();
      written.value = completed;
    }
  }

  function takeFiles(event: Event, files: FileList | undefined): void {
    if (props.onFiles === undefined || files === undefined || files.length === 0) return;
    event.preventDefault();
    props.onFiles([...files]);
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => takeFiles(event, event.dataTransfer?.files)}
    >
      {props.context}
      {error.value !== undefined && (
        <p class="error" role="alert">
          <Told>{error.value}</Told>
        </p>
      )}
      <div class="composer-row">
        {props.onFiles !== undefined && <FileButton onFiles={props.onFiles} />}
        <textarea
          ref={field}
          rows={1}
          aria-label={props.label}
          placeholder={props.label}
          value={written.value}
          disabled={props.disabled === true}
          onInput={(event) => {
            written.value = event.currentTarget.value;
            props.onTyping?.();
          }}
          onKeyDown={onKeyDown}
          onPaste={(event) => takeFiles(event, event.clipboardData?.files)}
        />
        <button class="main" disabled={busy.value || written.value.trim() === ''}>
          {text.send}
        </button>
      </div>
    </form>
  );
}

/** For who cannot paste or drop. */
function FileButton({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const text = words().conversation;
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files !== null && files.length > 0) onFiles([...files]);
          event.currentTarget.value = '';
        }}
      />
      <button
        type="button"
        class="icon"
        aria-label={text.addFile}
        title={text.addFile}
        onClick={() => input.current?.click()}
      >
        <Icon name="picture" />
      </button>
    </>
  );
}

/** The text with the name that its last word begins, where exactly such a name is known. */
function complete(text: string, names: readonly string[]): string | undefined {
  const at = text.lastIndexOf('@');
  if (at === -1) return undefined;
  const begun = text.slice(at + 1).toLowerCase();
  const name = names.find((each) => each.toLowerCase().startsWith(begun));
  return begun === '' || name === undefined ? undefined : `${text.slice(0, at)}@${name} `;
}
