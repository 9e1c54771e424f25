/** A screen's frame: its title, what it is for, what can be done, and its content. */
import type { ComponentChildren } from 'preact';
import { Told } from './told.tsx';

export function Page(props: {
  title: string;
  lead?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <div class="page">
      <header class="page-head">
        <div>
          <h1>{props.title}</h1>
          {props.lead !== undefined && <p>{props.lead}</p>}
        </div>
        {props.actions !== undefined && <div class="row">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}

/** A part of a screen, under a heading of its own. */
export function Section(props: { title: string; aside?: ComponentChildren; children: ComponentChildren }) {
  return (
    <section>
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** What a list shows when nothing is in it: what that means, and what to do next. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children: string;
  action?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** A line that tells of something, announced when it appears. */
export function Notice({
  mood = 'plain',
  children,
}: {
  mood?: 'plain' | 'warn' | 'bad';
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${mood}`} role={mood === 'bad' ? 'alert' : 'status'}>
      {typeof children === 'string' ? <Told>{children}</Told> : children}
    </div>
  );
}
