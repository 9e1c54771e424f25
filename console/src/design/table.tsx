/**
 * A table that can be scrolled with the keyboard where it is too wide. On a telephone each row is a card: its cells name
 * themselves by `data-label`.
 */
import type { ComponentChildren } from 'preact';

export function Table(props: {
  label: string;
  class?: string;
  /** Headings; the last column may be for buttons, whose heading is not seen. */
  columns: readonly ComponentChildren[];
  buttons?: string;
  /** Rows. */
  children: ComponentChildren;
}) {
  const { columns, buttons } = props;
  return (
    <div
      class={props.class === undefined ? 'table' : `table ${props.class}`}
      role="region"
      aria-label={props.label}
      tabIndex={0}
    >
      <table>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index}>{column}</th>
            ))}
            {buttons !== undefined && (
              <th>
                <span class="unseen">{buttons}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
