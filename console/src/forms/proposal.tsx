/** The step between writing a change and having it: what it would do, what is wrong with it, and the button. */
import { useSignal } from '@preact/signals';
import type { WireApplied, WireChange, WireProposal } from '../../../src/faces/rest/schemas/configuration.ts';
import { CallError, toMessage } from '../api/call.ts';
import { applyChange, checkChange } from '../api/hub.ts';
import { Notice } from '../design/page.tsx';
import { words } from '../i18n/words.ts';

export type Checked = { change: WireChange; proposal: WireProposal };

/** A change on its way: checked, shown, applied. */
export function useChange(onApplied: (applied: WireApplied) => void | Promise<void>) {
  const checked = useSignal<Checked | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);

  async function attempt(work: () => Promise<void>): Promise<void> {
    busy.value = true;
    error.value = undefined;
    try {
      await work();
    } catch (failure) {
      error.value =
        failure instanceof CallError && failure.problem['code'] === 'config-changed'
          ? words().forms.changedMeanwhile
          : toMessage(failure);
      if (failure instanceof CallError && failure.status === 409) checked.value = undefined;
    } finally {
      busy.value = false;
    }
  }

  return {
    checked,
    error,
    busy,
    check: (change: WireChange) =>
      attempt(async () => {
        checked.value = { change, proposal: await checkChange(change) };
      }),
    apply: () =>
      attempt(async () => {
        const current = checked.value;
        if (current === undefined) return;
        const applied = await applyChange(current.proposal.version, current.change);
        checked.value = undefined;
        await onApplied(applied);
      }),
    forget: () => {
      checked.value = undefined;
      error.value = undefined;
    },
  };
}

export type Change = ReturnType<typeof useChange>;

/** Shows a checked change. `shownPaths`: problems of these are shown at their fields already. */
export function ProposalView({ change, shown }: { change: Change; shown?: (path: string) => boolean }) {
  const text = words().forms;
  const current = change.checked.value;
  const { difference = [], problems = [] } = current?.proposal ?? {};
  const elsewhere = problems.filter((problem) => shown === undefined || !shown(problem.path));
  return (
    <div class="stack" aria-live="polite">
      {change.error.value !== undefined && <Notice mood="bad">{change.error.value}</Notice>}
      {problems.length > 0 && (
        <Notice mood="bad">
          <div class="stack tight">
            <strong>{text.wrong(problems.length)}</strong>
            <ul>
              {elsewhere.map((problem) => (
                <li key={`${problem.path} ${problem.message}`} class="anywhere">
                  {problem.path !== '' && <code>{problem.path}</code>} {words().hub.said(problem.message)}
                </li>
              ))}
            </ul>
          </div>
        </Notice>
      )}
      {current !== undefined && problems.length === 0 && difference.length === 0 && (
        <Notice>{text.nothingChanges}</Notice>
      )}
      {difference.length > 0 && (
        <section class="stack tight">
          <h3>{text.difference}</h3>
          <ul class="difference">
            {difference.map((each) => (
              <li key={each.text}>
                {words().hub.difference(each.text)}
                {each.needsRestart && <span class="soft"> {text.needsRestart}</span>}
              </li>
            ))}
          </ul>
          <div class="row">
            <button
              type="button"
              class="main"
              disabled={change.busy.value}
              onClick={() => void change.apply()}
            >
              {text.apply}
            </button>
            <button type="button" onClick={change.forget}>
              {words().common.cancel}
            </button>
          </div>
        </section>
      )}
    </div>
  );
}
