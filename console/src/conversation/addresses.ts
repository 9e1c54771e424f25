/** Which addresses in foreign text may be opened, and where in a text they are. Pure; `page` is the page's own address. */

/** The address when it leads to the web; nothing for `javascript:`, `data:` and their like. */
export function toWebAddress(url: string, page: string): string | undefined {
  const parsed = URL.parse(url, page);
  return parsed !== null && /^https?:$/.test(parsed.protocol) ? parsed.href : undefined;
}

/** The path of what this server keeps itself: only that is loaded without being asked. */
export function toOwnPath(url: string, page: string): string | undefined {
  const parsed = URL.parse(url, page);
  if (parsed === null || parsed.origin !== new URL(page).origin) return undefined;
  return parsed.pathname.startsWith('/media/') ? `${parsed.pathname}${parsed.search}` : undefined;
}

export type TextPart = { text: string } | { address: string };

const addressPattern = /https?:\/\/[^\s<>"'`，。！？；：、（）《》]+/g;

/** Cuts a text at its web addresses; a full stop or bracket at an address's end is the sentence's. */
export function toParts(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(addressPattern)) {
    const address = match[0].replace(/[.,;:!?)\]}]+$/, '');
    if (!URL.canParse(address)) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ address });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}
