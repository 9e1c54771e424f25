/** What the hub says, in Chinese. */
import { accountSentencesZh } from './account-sentences-zh.ts';
import { hubProblemsZh } from './hub-problems-zh.ts';
import { createTranslator } from './hub-text.ts';
import { refusalSentencesZh } from './refusal-sentences-zh.ts';

/** A sentence of the hub's; one that is not known stays English. */
export const said = createTranslator([...accountSentencesZh, ...refusalSentencesZh]);

/**
 * What a problem's code means and what to do; below it what the hub said of this one, which names rooms, files and
 * limits.
 */
export function toProblemZh(code: string, detail: string): string {
  const known = hubProblemsZh[code];
  const own = said(detail);
  return known === undefined ? own : `${known.title}${known.act ?? ''}\n${own}`;
}
