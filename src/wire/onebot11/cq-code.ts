/**
 * Messages as strings: text with CQ codes in it, `[CQ:face,id=14]`.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/message/string.md
 */
import { parseSegment, toWireSegment, type Segment } from './segments.ts';

const code = /\[CQ:([A-Za-z0-9_.-]+)((?:,[^,=[\]]+=[^,[\]]*)*)\]/g;

/** A message's segments as one string. */
export function toCqString(message: readonly Segment[]): string {
  return message.map(toCqCode).join('');
}

/**
 * A string's segments. What is no CQ code is text; neighbouring texts are one. Never throws.
 */
export function parseCqString(text: string): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const { 0: whole, 1: type = '', 2: parameters = '', index } of text.matchAll(code)) {
    pushText(segments, text.slice(from, index));
    segments.push(parseSegment({ type, data: toData(parameters) }));
    from = index + whole.length;
  }
  pushText(segments, text.slice(from));
  return segments;
}

/** Text as it stands between CQ codes. */
export function escapeCqText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('[', '&#91;').replaceAll(']', '&#93;');
}

/** What was text between CQ codes, or a parameter's value in one. */
export function unescapeCq(text: string): string {
  return text
    .replaceAll('&#44;', ',')
    .replaceAll('&#91;', '[')
    .replaceAll('&#93;', ']')
    .replaceAll('&amp;', '&');
}

function toCqCode(segment: Segment): string {
  if (segment.type === 'text') return escapeCqText(segment.data.text);
  const { type, data } = toWireSegment(segment);
  const parameters = Object.entries(data)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(
      ([key, value]) => `,${key}=${escapeValue(typeof value === 'string' ? value : JSON.stringify(value))}`,
    );
  return `[CQ:${type}${parameters.join('')}]`;
}

function escapeValue(value: string): string {
  return escapeCqText(value).replaceAll(',', '&#44;');
}

function toData(parameters: string): Record<string, string> {
  const entries = parameters
    .split(',')
    .slice(1)
    .map((parameter) => {
      const equals = parameter.indexOf('=');
      return [parameter.slice(0, equals), unescapeCq(parameter.slice(equals + 1))];
    });
  return Object.fromEntries(entries) as Record<string, string>;
}

function pushText(segments: Segment[], escaped: string): void {
  if (escaped !== '') segments.push({ type: 'text', data: { text: unescapeCq(escaped) } });
}
