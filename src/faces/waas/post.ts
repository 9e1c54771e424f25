/** What a client posts: JSON, whatever its content type says. The first thing that is wrong is told, in this order. */
import type { Asked } from './addressee.ts';
import { oldTexts, Refusal } from './refusal.ts';

/** @param body as it came. @throws Refusal */
export function parsePost(body: unknown): Asked {
  const { topic, name, text } = toFields(parseJson(body));
  if (typeof topic !== 'string' && typeof name !== 'string') throw new Refusal(oldTexts.noAddressee);
  if (typeof text !== 'string' || text.trim() === '') throw new Refusal(oldTexts.noText);
  return {
    topic: typeof topic === 'string' ? topic : undefined,
    name: typeof name === 'string' ? name : undefined,
    // Half a character of JSON is no text.
    text: text.toWellFormed(),
  };
}

function parseJson(body: unknown): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : '');
  } catch {
    throw new Refusal(oldTexts.noJson);
  }
}

function toFields(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? { ...value } : {};
}
