/**
 * Desktop notices when somebody is named while the page is not in sight. Off until the person turns it on; what was chosen
 * holds for the browser, as long as that allows it.
 */
import { signal } from '@preact/signals';
import { keep, readKept } from './kept.ts';

const keptAs = 'notices';

/** Why there are none though they were asked for: the browser refuses them, or has none for pages. */
export type NoticesMissing = 'refused' | 'none';

const wanted = signal(readKept('browser', keptAs) === 'on' && permission() === 'granted');

/** On, and allowed by the browser. */
export const notifying = wanted;

/** Told once somebody has asked for notices. */
export const noticesMissing = signal<NoticesMissing | undefined>(undefined);

/** Turns notices on, asking the browser's leave, or off. */
export async function toggleNotifying(): Promise<void> {
  noticesMissing.value = undefined;
  if (wanted.value) {
    turn(false);
    return;
  }
  if (permission() === undefined) {
    noticesMissing.value = 'none';
    return;
  }
  const isAllowed = (await Notification.requestPermission()) === 'granted';
  turn(isAllowed);
  if (!isAllowed) noticesMissing.value = 'refused';
}

/** Shows a notice, unless the page is in sight or notices are off. */
export function notifyOfMention(name: string, text: string): void {
  if (!wanted.value || !document.hidden) return;
  try {
    const notice = new Notification(name, { body: text.slice(0, 200), tag: 'hutong' });
    notice.addEventListener('click', () => {
      focus();
      notice.close();
    });
  } catch {
    // Telephones have notices for installed pages only; the unread mark tells the same on return.
    turn(false);
    noticesMissing.value = 'none';
  }
}

function turn(on: boolean): void {
  wanted.value = on;
  keep('browser', keptAs, on ? 'on' : 'off');
}

/** Undefined where the browser knows no notices: without TLS, for one, elsewhere than on this machine. */
function permission(): NotificationPermission | undefined {
  return 'Notification' in globalThis ? Notification.permission : undefined;
}
