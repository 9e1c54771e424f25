/** A new token's secret: the hub keeps only a hash of it, so this is the one time that it can be seen. */
import { useSignal } from '@preact/signals';
import type { WireCreatedToken } from '../../../../src/faces/rest/schemas/token.ts';
import { words } from '../../i18n/words.ts';

export function ShownOnce({ token, onClose }: { token: WireCreatedToken; onClose: () => void }) {
  const text = words().bots;
  const copied = useSignal(false);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(token.token);
      copied.value = true;
    } catch {
      // No clipboard without TLS: the text is there to be marked and copied by hand.
      copied.value = false;
    }
  }

  return (
    <section class="panel stack shown-once" aria-label={text.shownOnceTitle(token.name)}>
      <div>
        <h2>{text.shownOnceTitle(token.name)}</h2>
        <p class="soft small">{text.shownOnceText}</p>
      </div>
      <code class="secret">{token.token}</code>
      <pre class="small soft">{`curl -H "Authorization: Bearer ${token.token}" ${location.origin}/v1/me`}</pre>
      <div class="row">
        <button type="button" class="main" onClick={() => void copy()}>
          {copied.value ? text.copied : text.copy}
        </button>
        <button type="button" onClick={onClose}>
          {text.kept}
        </button>
      </div>
    </section>
  );
}
