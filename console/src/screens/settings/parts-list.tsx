/** The parts of the settings to choose from: a list beside the form, on a telephone one control above it. */
import { words } from '../../i18n/words.ts';

interface ListedPart {
  href: string;
  label: string;
  isHere: boolean;
  badge?: string;
}

export interface PartGroup {
  /** Missing for the first. */
  title?: string;
  parts: readonly ListedPart[];
  /** What leads to one more of them. */
  more?: { href: string; label: string };
}

export function PartsList({ groups }: { groups: readonly PartGroup[] }) {
  const text = words().settings;
  const here = groups.flatMap(({ parts }) => parts).find(({ isHere }) => isHere);
  return (
    <>
      <nav class="settings-parts" aria-label={text.parts}>
        {groups.map(({ title, parts, more }) => (
          <div key={title ?? ''} class="settings-group">
            {title !== undefined && <h2>{title}</h2>}
            {parts.map((part) => (
              <a
                key={part.href}
                class="part"
                href={part.href}
                {...(part.isHere ? { 'aria-current': 'page' as const } : {})}
              >
                <span class="one-line">{part.label}</span>
                {part.badge !== undefined && <span class="badge">{part.badge}</span>}
              </a>
            ))}
            {more !== undefined && (
              <a class="quiet" href={more.href}>
                {more.label}
              </a>
            )}
          </div>
        ))}
      </nav>
      <select
        class="settings-choice"
        aria-label={text.parts}
        value={here?.href}
        onChange={(event) => (location.hash = event.currentTarget.value)}
      >
        {groups.map(({ title, parts, more }) => (
          <optgroup key={title ?? ''} label={title ?? text.title}>
            {parts.map(({ href, label, badge }) => (
              <option key={href} value={href}>
                {badge === undefined ? label : `${label} (${badge})`}
              </option>
            ))}
            {more !== undefined && <option value={more.href}>{more.label}</option>}
          </optgroup>
        ))}
      </select>
    </>
  );
}
