/** What a login's link opens: the code as it is now, or a page that says how the login stands. */
import { createHash } from 'node:crypto';
import type { AccountStatus } from '../../hub/face.ts';

export interface Shown {
  type: 'image/png' | 'text/html; charset=utf-8';
  content: Buffer | string;
  policy: string;
  /** When to look again, seconds; missing where nothing more is going to happen. */
  refreshSeconds?: number;
}

/** Codes change; whoever looks at one sees the next. */
const refreshSeconds = 3;
const style =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34rem;padding:0 1rem}code{overflow-wrap:anywhere}';
const styleHash = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'`;

/** @param now milliseconds since the epoch */
export async function showLogin({ id, state, self, prompt }: AccountStatus, now: number): Promise<Shown> {
  if (prompt?.type === 'qr' && (prompt.expiresAt ?? Infinity) > now) return showCode(prompt.data);
  if (prompt?.type === 'qr') return showPage('The code has expired', 'The next one comes in a moment.');
  if (state.phase === 'online') {
    const name = self ? ` as ${self.name}` : '';
    const { refreshSeconds: _, ...page } = showPage('Logged in', `The account ${id} is logged in${name}.`);
    return page;
  }
  return showPage('Not logged in yet', state.message ?? `The account ${id} is ${state.phase}.`);
}

async function showCode(data: string): Promise<Shown> {
  // Most accounts never show one.
  const { toQrPicture } = await import('./picture.ts');
  try {
    return { type: 'image/png', content: toQrPicture(data), policy, refreshSeconds };
  } catch {
    // Longer than any code can hold: whoever sees the text can still make something of it.
    return showPage('This does not fit into a code', data);
  }
}

function showPage(title: string, text: string): Shown {
  const content = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></body></html>
`;
  return { type: 'text/html; charset=utf-8', content, policy, refreshSeconds };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
