/** Which settings are secret by their name or by what is in them, besides those that a network declares to be. */
import type { SettingPath } from './problems.ts';

/** Keys whose values are taken for secrets, whatever the schema says. */
const secretKey = /pass(word|phrase)?$|token$|secret$|apikey$|api-key$|credentials?$/i;
/** An address with a password in it. */
const urlWithPassword = /\/\/[^/\s:@]*:[^/\s@]+@/;

export function looksSecret(path: SettingPath, value: unknown): boolean {
  return (
    (!isNameOfTheirs(path) && secretKey.test(String(path.at(-1)))) || urlWithPassword.test(String(value))
  );
}

/** An account or a link may be called `token`: the name says nothing of what is in it. */
function isNameOfTheirs(path: SettingPath): boolean {
  return path.length === 2 && (path[0] === 'accounts' || path[0] === 'links');
}
