// Files by way of the server, for programs on the bare session: it gives a place to put a file to, and the address where
// everybody can get it. (With the toolkit, `plugins/upload.ts` does the same.)
import { xml, type XmlElement } from './element.ts';
import { XmppError } from './errors.ts';
import type { AskOptions } from './iq.ts';
import { NS } from './namespaces.ts';
import type { XmppSession } from './session.ts';

/** @see XEP-0363 */
const UPLOAD_NS = 'urn:xmpp:http:upload:0';

/** The only headers that a slot may ask for. @see XEP-0363 §5 */
const ALLOWED_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'expires']);
/** How many of a server's items are asked. */
const ITEMS_LIMIT = 32;

/** Where files can be put. */
export interface UploadPlace {
  readonly jid: string;
  /** The largest file it takes; undefined where it does not say. */
  readonly limitBytes: number | undefined;
}

/** A place for one file. */
export interface UploadSlot {
  readonly putUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly getUrl: string;
}

type Asking = Pick<XmppSession, 'iq'>;

/**
 * The service of a domain: the domain itself or one of its items; undefined where it has none.
 *
 * @throws IqError, IqTimeout, XmppError as {@link XmppSession.iq}
 */
export async function findUploadPlace(
  session: Asking,
  domain: string,
  options: AskOptions,
): Promise<UploadPlace | undefined> {
  const own = await askPlace(session, domain, options);
  if (own) return own;
  const items = await ask(session, domain, 'query', NS.discoItems, options);
  const jids = items.elements('item').flatMap((item) => (item.attr('node') ? [] : (item.attr('jid') ?? [])));
  const places = await Promise.all(
    jids.slice(0, ITEMS_LIMIT).map((jid) =>
      askPlace(session, jid, options).catch(() => {
        // An item that does not answer is no place that could be used.
        return undefined;
      }),
    ),
  );
  return places.find((place) => place !== undefined);
}

/**
 * A place for a file.
 *
 * @throws IqError (`not-acceptable`: too large; `resource-constraint`), IqTimeout, XmppError
 * @see XEP-0363 §4
 */
export async function requestUploadSlot(
  session: Asking,
  place: UploadPlace,
  file: { readonly name: string; readonly sizeBytes: number; readonly mediaType: string },
  options: AskOptions,
): Promise<UploadSlot> {
  const request = xml('request', {
    xmlns: UPLOAD_NS,
    filename: file.name,
    size: String(file.sizeBytes),
    'content-type': file.mediaType,
  });
  const answer = await session.iq(xml('iq', { to: place.jid, type: 'get' }, request), options);
  const slot = answer.child('slot', UPLOAD_NS);
  const put = slot?.child('put', UPLOAD_NS);
  const putUrl = put?.attr('url') ?? '';
  const getUrl = slot?.child('get', UPLOAD_NS)?.attr('url') ?? '';
  for (const url of [putUrl, getUrl]) {
    if (!isAllowed(url)) {
      throw new XmppError('xmpp-protocol-violation', `${place.jid} gave a slot that is not on https: ${url}`);
    }
  }
  const headers = (put?.elements('header', UPLOAD_NS) ?? []).flatMap((header) => {
    const name = header.attr('name') ?? '';
    const value = header.text().replaceAll(/[\r\n]/g, '');
    return ALLOWED_HEADERS.has(name.toLowerCase()) ? [[name, value] as const] : [];
  });
  return { putUrl, getUrl, headers: Object.fromEntries(headers) };
}

async function askPlace(session: Asking, jid: string, options: AskOptions): Promise<UploadPlace | undefined> {
  const info = await ask(session, jid, 'query', NS.discoInfo, options);
  if (!info.elements('feature').some((feature) => feature.attr('var') === UPLOAD_NS)) return undefined;
  const form = info.elements('x', NS.dataForm).find((each) => fieldOf(each, 'FORM_TYPE') === UPLOAD_NS);
  const limit = form && fieldOf(form, 'max-file-size');
  return { jid, limitBytes: limit !== undefined && /^\d{1,15}$/.test(limit) ? Number(limit) : undefined };
}

async function ask(
  session: Asking,
  to: string,
  name: string,
  namespace: string,
  options: AskOptions,
): Promise<XmlElement> {
  const answer = await session.iq(xml('iq', { to, type: 'get' }, xml(name, { xmlns: namespace })), options);
  return answer.child(name, namespace) ?? xml(name, { xmlns: namespace });
}

function fieldOf(form: XmlElement, name: string): string | undefined {
  return form
    .elements('field')
    .find((field) => field.attr('var') === name)
    ?.childText('value')
    ?.trim();
}

/** In the clear on this machine only, which is where test servers are. @see RFC 6761 §6.3 for the names */
function isAllowed(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol !== 'http:') return url?.protocol === 'https:';
  const { hostname } = url;
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname) || hostname.endsWith('.localhost');
}
