/** Which network: what this hub was built with, each with what it is and what one needs for it. */
import { words } from '../../i18n/words.ts';

export function NetworkChoice(props: { networks: readonly string[]; onChoose: (kind: string) => void }) {
  const text = words().connect;
  const known: Readonly<Record<string, { name: string; need: string } | undefined>> = text.networks;
  return (
    <ul class="networks">
      {props.networks.map((kind) => (
        <li key={kind}>
          <button type="button" class="network" onClick={() => props.onChoose(kind)}>
            <span class="network-name">
              <strong>{known[kind]?.name ?? kind}</strong>
              <span class="badge">{kind}</span>
            </span>
            <span class="soft small">{known[kind]?.need ?? text.otherNetwork}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
