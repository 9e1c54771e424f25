/** A delivery that is dropped does not come back, so it is asked once more. */
import { Dialog } from '../../design/dialog.tsx';
import { words } from '../../i18n/words.ts';

/** `count` is missing when all are meant. */
export function ConfirmDrop(props: { count: number | undefined; onDrop: () => void; onClose: () => void }) {
  const text = words().queue;
  return (
    <Dialog title={text.confirmTitle} onClose={props.onClose}>
      <p>{props.count === undefined ? text.confirmAll : text.confirm(props.count)}</p>
      <div class="row end">
        <button type="button" onClick={props.onClose}>
          {words().common.cancel}
        </button>
        <button type="button" class="bad" onClick={props.onDrop}>
          {text.drop}
        </button>
      </div>
    </Dialog>
  );
}
