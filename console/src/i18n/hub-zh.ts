/** What the hub says, in Chinese. */
import { accountSentencesZh } from './account-sentences-zh.ts';
import { hubProblemsZh } from './hub-problems-zh.ts';
import { houseSentencesZh } from './house-sentences-zh.ts';
import { createTranslator } from './hub-text.ts';
import { refusalSentencesZh } from './refusal-sentences-zh.ts';

/** A sentence of the hub's; one that is not known stays English. */
export const said = createTranslator([...accountSentencesZh, ...refusalSentencesZh, ...houseSentencesZh]);

/**
 * What is wrong by a problem's code, and below it what the hub said of this one, which names rooms, files and limits.
 * Where that is not known in Chinese what to do stands in the first line, too.
 */
export function toProblemZh(code: string, detail: string): string {
  const known = hubProblemsZh[code];
  const own = said(detail);
  if (known === undefined) return own;
  return own === detail ? `${known.title}${known.act ?? ''}\n${detail}` : `${known.title}\n${own}`;
}
