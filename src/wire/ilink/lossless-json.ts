// JSON with numbers that JavaScript cannot hold: ids of messages are unsigned integers of 64 bits, and two that differ in
// their last digits only must stay two.

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/** The language's own, with what revivers are told since ECMAScript 2026. @see https://tc39.es/proposal-json-parse-with-source/ */
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** As `JSON.parse`, but an integer that a number would round is the string of its digits. @throws SyntaxError */
export function parseLosslessly(text: string): unknown {
  return parse(text, (_, value, { source }) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return source !== undefined && /^-?\d+$/.test(source) ? source : value;
  });
}
