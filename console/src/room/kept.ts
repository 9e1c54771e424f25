/**
 * What a browser keeps of somebody who is in a house, so that a reload, another screen or another tab goes on as the same
 * person: a guest's for as long as the tab, a user's for all tabs.
 */

/** Kept for the tab, or for the browser. */
type Span = 'tab' | 'browser';

/** What was kept under this key, if anything was and the browser allows it. */
export function readKept(span: Span, key: string): string | undefined {
  try {
    return storeOf(span).getItem(`hutong.${key}`) ?? undefined;
  } catch {
    // A browser that keeps nothing for us: each time is the first.
    return undefined;
  }
}

/** Keeps it, where the browser allows it. */
export function keep(span: Span, key: string, value: string): void {
  try {
    storeOf(span).setItem(`hutong.${key}`, value);
  } catch {
    // The same: it holds until the page is closed.
  }
}

function storeOf(span: Span): Storage {
  return span === 'tab' ? sessionStorage : localStorage;
}
