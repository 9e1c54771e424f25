/** Refusing a request, with a reason for who asked if one is given. */
import { useSignal } from '@preact/signals';
import type { WireRequestStatus } from '../../../../src/faces/rest/schemas/request.ts';
import { Dialog } from '../../design/dialog.tsx';
import { Field } from '../../design/field.tsx';
import { words } from '../../i18n/words.ts';

const reasonLimit = 1000;

export function RefuseDialog(props: {
  status: WireRequestStatus;
  onRefuse: (reason: string) => void;
  onClose: () => void;
}) {
  const text = words().requests;
  const reason = useSignal('');
  return (
    <Dialog title={text.refuseTitle(props.status.request.from.name)} onClose={props.onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          props.onRefuse(reason.value.trim());
        }}
      >
        <Field label={text.reason} hint={text.reasonHint}>
          {(control) => (
            <input
              {...control}
              maxLength={reasonLimit}
              value={reason.value}
              onInput={(event) => (reason.value = event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="row end">
          <button type="button" onClick={props.onClose}>
            {words().common.cancel}
          </button>
          <button type="submit" class="bad">
            {text.refuse}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
