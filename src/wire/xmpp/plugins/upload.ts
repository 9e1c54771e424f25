// Files by way of the server: it gives a place to put a file to and the address where everybody can get it.
import { XmppError } from '../errors.ts';
import { parseJid, type Jid } from '../jid.ts';
import { integer, text } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { attribute, child, children, ownText } from '../stanza/field.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';
import { Disco } from './disco.ts';
import { formTypeOf, readForm } from './forms.ts';

/** @see XEP-0363 */
const UPLOAD_NS = 'urn:xmpp:http:upload:0';

/** The only headers that a slot may ask for. @see XEP-0363 §5 */
const ALLOWED_HEADERS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'expires']);

/** Asks for a slot. */
export const UploadRequest = defineStanza({
  name: 'request',
  namespace: UPLOAD_NS,
  plugin: 'upload_request',
  interfaces: {
    filename: attribute(),
    size: attribute(integer),
    contentType: attribute(text, { name: 'content-type' }),
  },
});

const UploadHeader = defineStanza({
  name: 'header',
  namespace: UPLOAD_NS,
  plugin: 'upload_header',
  interfaces: { name: attribute(), value: ownText() },
});
const UploadPut = defineStanza({
  name: 'put',
  namespace: UPLOAD_NS,
  plugin: 'upload_put',
  interfaces: { url: attribute(), headers: children(UploadHeader) },
});
const UploadGet = defineStanza({
  name: 'get',
  namespace: UPLOAD_NS,
  plugin: 'upload_get',
  interfaces: { url: attribute() },
});

/** A slot. */
export const UploadSlot = defineStanza({
  name: 'slot',
  namespace: UPLOAD_NS,
  plugin: 'upload_slot',
  interfaces: { put: child(UploadPut), get: child(UploadGet) },
});

/** Where files can be put. */
export interface UploadService {
  readonly jid: Jid;
  /** The largest file it takes; undefined where it does not say. */
  readonly limitBytes: number | undefined;
}

/** A file to upload. */
export interface UploadFile {
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Default `application/octet-stream`. */
  readonly mediaType?: string;
}

/** A place for one file. */
export interface Slot {
  readonly putUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly getUrl: string;
}

function readSlot(slot: StanzaOf<typeof UploadSlot>, service: Address): Slot {
  const putUrl = slot.put.url ?? '';
  const getUrl = slot.get.url ?? '';
  for (const url of [putUrl, getUrl]) {
    if (!isAllowed(url)) {
      throw new XmppError(
        'xmpp-protocol-violation',
        `${String(service)} gave a slot that is not on https: ${url}`,
      );
    }
  }
  const headers = slot.put.headers.flatMap(({ name = '', value = '' }) =>
    ALLOWED_HEADERS.has(name.toLowerCase()) ? [[name, value.replaceAll(/[\r\n]/g, '')] as const] : [],
  );
  return { putUrl, getUrl, headers: Object.fromEntries(headers) };
}

/** In the clear on this machine only, which is where test servers are. */
function isAllowed(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** @see RFC 6761 §6.3 for the names */
function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || host === 'localhost' || host.endsWith('.localhost');
}

const DEFAULTS: { readonly fetch: (url: string, init: RequestInit) => Promise<Response> } = {
  fetch: globalThis.fetch,
};

/** HTTP file upload. Its setting does the HTTP: replace it for a proxy, or an authority of one's own. @see XEP-0363 */
export const Upload = definePlugin({
  name: 'xep_0363',
  description: 'HTTP file upload',
  dependencies: [Disco],
  defaults: DEFAULTS,
  init({ client, config, plugin, registerStanza }) {
    registerStanza(Iq, UploadRequest);
    registerStanza(Iq, UploadSlot);
    const disco = plugin(Disco);

    const asService = async (jid: Jid, options?: AskOptions): Promise<UploadService | undefined> => {
      const info = await disco.info(jid, options);
      if (!info.features.has(UPLOAD_NS)) return undefined;
      const form = info.forms.find((each) => formTypeOf(each) === UPLOAD_NS);
      const limit = form === undefined ? undefined : readForm(form).get('max-file-size')?.[0];
      return { jid, limitBytes: limit !== undefined && /^\d+$/.test(limit) ? Number(limit) : undefined };
    };
    /** The service of a domain: the domain itself or one of its items; undefined where it has none. */
    const find = async (domain?: string, options?: AskOptions): Promise<UploadService | undefined> => {
      const server = parseJid(domain ?? client.jid?.domain ?? '');
      const own = await asService(server, options);
      if (own !== undefined) return own;
      for await (const item of disco.items(server, options)) {
        try {
          const service = item.node === undefined ? await asService(item.jid, options) : undefined;
          if (service !== undefined) return service;
        } catch (error) {
          // An item that does not answer is no service we could use.
          if (!(error instanceof XmppError) || error.code === 'xmpp-not-connected') throw error;
        }
      }
      return undefined;
    };
    const slot = async (
      service: Address,
      file: { readonly name: string; readonly sizeBytes: number; readonly mediaType?: string | undefined },
      options?: AskOptions,
    ): Promise<Slot> => {
      const request = UploadRequest.create({
        filename: file.name,
        size: file.sizeBytes,
        contentType: file.mediaType,
      });
      return readSlot(contentOf(await ask(client, 'get', service, request, options), UploadSlot), service);
    };
    return {
      /** Looks for the service of a domain, by default the own one. @throws IqError, IqTimeout, XmppError */
      find,
      /** A place for a file. @throws IqError (`not-acceptable`: too large; `resource-constraint`), IqTimeout, XmppError */
      slot,
      /**
       * Uploads a file. @returns the address where it can be got
       *
       * @throws XmppError `xmpp-value-invalid` (no service, or too large for it), `xmpp-upload-failed`; IqError, IqTimeout
       */
      async upload(
        { name, data, mediaType = 'application/octet-stream' }: UploadFile,
        { service, ...options }: AskOptions & { readonly service?: UploadService } = {},
      ): Promise<string> {
        const place = service ?? (await find(undefined, options));
        if (place === undefined)
          throw new XmppError('xmpp-value-invalid', 'the server takes no files (XEP-0363)');
        if (place.limitBytes !== undefined && data.byteLength > place.limitBytes) {
          const why = `${name} has ${data.byteLength} bytes, ${String(place.jid)} takes ${place.limitBytes}`;
          throw new XmppError('xmpp-value-invalid', why);
        }
        const given = await slot(place.jid, { name, sizeBytes: data.byteLength, mediaType }, options);
        const init: RequestInit = {
          method: 'PUT',
          headers: { ...given.headers, 'content-type': mediaType },
          body: data,
          redirect: 'error',
          ...(options.signal !== undefined && { signal: options.signal }),
        };
        let status: number;
        try {
          const response = await config.fetch(given.putUrl, init);
          await response.body?.cancel();
          ({ status } = response);
        } catch (cause) {
          throw new XmppError('xmpp-upload-failed', `${name} could not be put to the server`, { cause });
        }
        if (status === 201 || status === 200) return given.getUrl;
        throw new XmppError('xmpp-upload-failed', `the server refused ${name} with HTTP status ${status}`);
      },
    };
  },
});
