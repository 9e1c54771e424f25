// What follows the login: resume the old session, or bind a new one and ask for stream management.
import { xml, type XmlElement } from './element.ts';
import { XmppError } from './errors.ts';
import { createId } from './iq.ts';
import { toJid, type Jid } from './jid.ts';
import { NS } from './namespaces.ts';
import { readStanzaError } from './stanza-error.ts';
import { unexpected, type Transport } from './transport.ts';

/** What the server keeps of a session. @see XEP-0198 §5 */
export interface ResumeToken {
  readonly id: string;
  readonly jid: Jid;
}

export interface StepOptions {
  readonly stepMs: number;
  readonly signal: AbortSignal;
}

/** How far the server had come with our stanzas; undefined where it does not say. */
export type ResumeAnswer =
  | { readonly resumed: true; readonly h: number }
  | { readonly resumed: false; readonly h: number | undefined };

/**
 * Asks to go on with a session.
 *
 * @param h how many stanzas of the server were handled
 */
export async function requestResume(
  transport: Transport,
  token: ResumeToken,
  h: number,
  options: StepOptions,
): Promise<ResumeAnswer> {
  transport.writeElement(xml('resume', { xmlns: NS.streamManagement, previd: token.id, h: String(h) }));
  const answer = await transport.next(options.stepMs, 'resuming the session', options.signal);
  const handled = parseCount(answer.attr('h'));
  if (answer.is('resumed', NS.streamManagement)) {
    if (handled === undefined || answer.attr('previd') !== token.id)
      throw unexpected(answer, 'our own session');
    return { resumed: true, h: handled };
  }
  if (answer.is('failed', NS.streamManagement)) return { resumed: false, h: handled };
  throw unexpected(answer, 'an answer to the resumption');
}

/**
 * Binds the stream to a resource.
 *
 * @returns the full address the server gave
 * @throws XmppError `xmpp-bind-failed`
 * @see RFC 6120 §7
 */
export async function bindResource(
  transport: Transport,
  resource: string | undefined,
  options: StepOptions,
): Promise<Jid> {
  const id = createId();
  const wanted = resource === undefined || resource === '' ? undefined : xml('resource', {}, resource);
  transport.writeElement(xml('iq', { type: 'set', id }, xml('bind', { xmlns: NS.bind }, wanted)));
  const answer = await nextAnswer(transport, id, 'binding the session', options);
  if (answer.attr('type') === 'error') {
    const { condition, text } = readStanzaError(answer);
    throw new XmppError(
      'xmpp-bind-failed',
      `the server refused the resource: ${condition}${text === '' ? '' : `: ${text}`}`,
    );
  }
  const jid = toJid(answer.child('bind', NS.bind)?.childText('jid'));
  if (jid === undefined) throw unexpected(answer, 'the address of the session');
  return jid;
}

/** Asks for stream management; undefined where the server declines. @returns the id to resume with, '' where it cannot be resumed */
export async function enableStreamManagement(
  transport: Transport,
  options: StepOptions,
): Promise<string | undefined> {
  transport.writeElement(xml('enable', { xmlns: NS.streamManagement, resume: 'true' }));
  const answer = await transport.next(options.stepMs, 'enabling stream management', options.signal);
  if (answer.is('failed', NS.streamManagement)) return undefined;
  if (!answer.is('enabled', NS.streamManagement))
    throw unexpected(answer, 'an answer about stream management');
  const resumable = answer.attr('resume') === 'true' || answer.attr('resume') === '1';
  return resumable ? (answer.attr('id') ?? '') : '';
}

/** Reads an `h`. @returns undefined for what is no count */
export function parseCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,10}$/.test(text)) return undefined;
  const count = Number(text);
  return count < 2 ** 32 ? count : undefined;
}

async function nextAnswer(
  transport: Transport,
  id: string,
  what: string,
  options: StepOptions,
): Promise<XmlElement> {
  const answer = await transport.next(options.stepMs, what, options.signal);
  if (answer.name !== 'iq' || answer.attr('id') !== id) throw unexpected(answer, 'the answer to a request');
  return answer;
}
