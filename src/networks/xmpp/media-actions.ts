/**
 * Sends with files in them: these are uploaded first. What is said in the same room meanwhile waits behind them, so that
 * the order is that of the calls; what waits for nothing goes on in the same turn.
 */
import type { Clock } from '../../hub/clock.ts';
import type { Actions, OutgoingMessage, Receipt } from '../../hub/network.ts';
import type { Connection } from './connection.ts';
import { isMedia } from './media.ts';
import type { Uploads } from './uploads.ts';
import { inTime } from './waiting.ts';

/** How long a send waits for its files. It leaves the send itself time enough. */
const UPLOAD_WAIT_MS = 15_000;

/** The same actions, with kept files on the account's own server where it takes them. */
export function withUploads(
  actions: Actions,
  { uploads, connection, clock }: { uploads: Uploads; connection: Connection; clock: Clock },
): Actions {
  /** By room: the last send that still waits for its files, or behind one that does. */
  const waiting = new Map<string, Promise<unknown>>();
  const edit = actions.edit?.bind(actions);
  return {
    ...actions,
    send: (message) => inOrder(message, (linked) => actions.send(linked)),
    ...(edit && { edit: (message) => inOrder(message, edit) }),
  };

  async function inOrder<Message extends OutgoingMessage>(
    message: Message,
    send: (linked: Message) => Promise<Receipt>,
  ): Promise<Receipt> {
    const { room, body } = message;
    const before = waiting.get(room);
    const hasFiles = body.some((segment) => isMedia(segment) && uploads.concerns(segment, connection));
    if (!before && !hasFiles) return send(message);
    const ready = hasFiles ? withLinks(message) : Promise.resolve(message);
    // Given back is what waits behind one that is: the hub tries them again in their order.
    const handing = Promise.all([ready, before]).then(([linked]) => ({ receipt: send(linked) }));
    waiting.set(room, handing);
    const { receipt } = await handing.finally(() => {
      if (waiting.get(room) === handing) waiting.delete(room);
    });
    return receipt;
  }

  async function withLinks<Message extends OutgoingMessage>(message: Message): Promise<Message> {
    const linking = Promise.all(
      message.body.map(async (segment) =>
        isMedia(segment) ? { ...segment, url: await uploads.link(segment, connection) } : segment,
      ),
    );
    const body = await inTime(clock, linking, UPLOAD_WAIT_MS, 'its file is still being uploaded');
    return { ...message, body };
  }
}
