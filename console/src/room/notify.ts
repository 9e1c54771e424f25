/** Desktop notices when somebody is named while the page is not in sight. Off until the person turns it on. */
import { signal } from '@preact/signals';

const wanted = signal(false);

/** On, and allowed by the browser. */
export const notifying = wanted;

/** Turns notices on, asking the browser's leave, or off. */
export async function toggleNotifying(): Promise<void> {
  if (wanted.value || !('Notification' in globalThis)) {
    wanted.value = false;
    return;
  }
  wanted.value = (await Notification.requestPermission()) === 'granted';
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
    wanted.value = false;
  }
}
