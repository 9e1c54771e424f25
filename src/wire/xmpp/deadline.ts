// A limit in time for one step, with a caller who may lose interest.
import { XmppError } from './errors.ts';

/**
 * What `work` comes to, unless it takes longer than `limitMs` or the signal is aborted first. The work itself goes on;
 * whoever calls this releases what it holds.
 *
 * @param what says what took too long: "the TLS handshake with example.org"
 * @throws XmppError `xmpp-timeout`, `xmpp-closed` (aborted), or what the work throws
 */
export async function within<T>(
  work: Promise<T>,
  limitMs: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  // The loser of the race below may still reject; the race has told its outcome already.
  work.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new XmppError('xmpp-timeout', `${what} took longer than ${limitMs / 1000} s`)),
          limitMs,
        );
        abort = () =>
          reject(new XmppError('xmpp-closed', `${what} was called off`, { cause: signal?.reason }));
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}
