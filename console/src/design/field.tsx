/** A control with its label, what it is for, and what is wrong with it, tied together for screen readers. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** What a control must carry so that its label and its texts belong to it. */
export interface FieldControl {
  id: string;
  'aria-describedby'?: string;
  'aria-invalid'?: 'true';
}

export function Field(props: {
  label: ComponentChildren;
  hint?: string | undefined;
  error?: string | undefined;
  /** A checkbox stands before its label. */
  inline?: boolean;
  children: (control: FieldControl) => ComponentChildren;
}) {
  const id = useId();
  const described = [props.hint && `${id}-hint`, props.error && `${id}-error`].filter(Boolean).join(' ');
  const control: FieldControl = {
    id,
    ...(described === '' ? {} : { 'aria-describedby': described }),
    ...(props.error === undefined ? {} : { 'aria-invalid': 'true' as const }),
  };
  const label = <label for={id}>{props.label}</label>;
  return (
    <div class={props.inline === true ? 'field inline' : 'field'}>
      {props.inline !== true && label}
      {props.children(control)}
      {props.inline === true && label}
      {props.hint !== undefined && (
        <span class="hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      {props.error !== undefined && (
        <span class="error" id={`${id}-error`} role="alert">
          {props.error}
        </span>
      )}
    </div>
  );
}

/** One of a few, shown side by side. */
export function Choices<T extends string>(props: {
  label: string;
  choices: readonly { value: T; label: string }[];
  value: T;
  onChoose: (value: T) => void;
}) {
  const name = useId();
  return (
    <div class="choices" role="radiogroup" aria-label={props.label}>
      {props.choices.map(({ value, label }) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={props.value === value}
            onChange={() => props.onChoose(value)}
          />
          {label}
        </label>
      ))}
    </div>
  );
}
