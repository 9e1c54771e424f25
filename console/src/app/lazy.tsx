/** A component whose code is loaded when it is first shown. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { words } from '../i18n/words.ts';
import { Notice } from '../design/page.tsx';

/** Made once, outside of any component. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  const loaded = signal<ComponentType | 'failed' | undefined>(undefined);
  let asked = false;

  function ask(): void {
    asked = true;
    load().then(
      (component) => {
        loaded.value = component;
      },
      () => {
        // Most likely a newer console was built since this page was opened: its files have other names.
        asked = false;
        loaded.value = 'failed';
      },
    );
  }

  return function Lazy() {
    if (!asked && loaded.value !== 'failed') ask();
    const Component = loaded.value;
    if (Component === undefined) return <p class="soft">{words().common.loading}</p>;
    if (Component === 'failed') {
      return (
        <Notice mood="bad">
          {words().common.reloadPage}
          <button type="button" onClick={() => location.reload()}>
            {words().common.reload}
          </button>
        </Notice>
      );
    }
    return <Component />;
  };
}
