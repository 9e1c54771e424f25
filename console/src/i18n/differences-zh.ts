/** What an edit of hutong.yaml would change, in Chinese. Keys and values stay as they are in the file. */

const nouns: Readonly<Record<string, string>> = { account: '账号', link: '互通', face: '入口' };

/** @param text one difference as the hub tells it: `account jabber changed: nick "a" → "b"; tls removed` */
export function toDifferenceZh(text: string): string {
  const whole = /^(account|link|face) ([^]+?) (?:(added)([^]*)|(removed)|changed: ([^]+))$/.exec(text);
  if (whole === null) return toChangeZh(text);
  const [, noun = '', name = '', added, rest = '', removed, changes = ''] = whole;
  const what = `${nouns[noun] ?? noun} ${name}`;
  if (added !== undefined) return `新增${what}${rest.replace(/^: /, '：').replace(/^ \((.*)\)$/, '（$1）')}`;
  if (removed !== undefined) return `删除${what}`;
  return `修改${what}：${splitChanges(changes).map(toChangeZh).join('；')}`;
}

/** Values are JSON: what stands within quotes ends no change. */
function splitChanges(changes: string): string[] {
  const found = changes.match(/(?:"(?:[^"\\]|\\.)*"|(?!; )[^])+/g) ?? [changes];
  return found.map((change) => change.trim());
}

function toChangeZh(change: string): string {
  const known = /^(\S+) (?:set to ([^]+)|(removed)|(\(not shown\)))$/.exec(change);
  if (known === null) return change;
  const [, key = '', value, removed, hidden] = known;
  if (value !== undefined) return `${key} 设为 ${value}`;
  if (removed !== undefined) return `去掉 ${key}`;
  return hidden === undefined ? change : `${key}（不显示）`;
}
