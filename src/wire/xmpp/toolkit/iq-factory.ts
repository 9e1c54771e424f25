// Making IQs: what `client.iq` offers.
import { xml, type XmlElement } from '../element.ts';
import { createId } from '../iq.ts';
import type { Jid } from '../jid.ts';
import { toErrorElement } from '../stanza-error.ts';
import { checkErrorValues } from '../stanza/error-values.ts';
import { Iq, type ErrorValues, type IqReply, type IqRequest, type IqType } from '../stanza/iq.ts';
import type { StanzaSender } from '../stanza/root.ts';
import type { Stanza } from '../stanza/stanza.ts';

/** What every IQ may be given. */
export interface IqValues {
  /** Without it: the own account, by way of its server. */
  readonly to?: Jid | string | undefined;
  /** For components; a client's server knows. */
  readonly from?: Jid | string | undefined;
  /** Default: a new one that nobody can guess. An answer needs the id of its request. */
  readonly id?: string | undefined;
  /** The namespace of an empty <query/>. */
  readonly query?: string | undefined;
  /** The content. */
  readonly payload?: Stanza | XmlElement | undefined;
}

/** Makes IQs that know who sends them. Values that no IQ can have throw XmppError `xmpp-value-invalid`. */
export interface IqFactory {
  /** A request for information: `await client.iq.get({ to, query: 'jabber:iq:version' }).send()`. */
  get(values?: IqValues): IqRequest;
  /** A request to change something. */
  set(values?: IqValues): IqRequest;
  /** A get, or a set, with an empty <query/> of this namespace. */
  query(namespace: string, values?: IqValues & { readonly type?: 'get' | 'set' }): IqRequest;
  /** A result. In a handler `iq.reply()` is shorter. */
  result(values: IqValues & { readonly id: string }): IqReply;
  /** An error, `feature-not-implemented` and `cancel` by default. In a handler `iq.replyError()` is shorter. */
  error(values: IqValues & Partial<ErrorValues> & { readonly id: string }): IqReply;
  /** Any of them. */
  make(values: IqValues & { readonly type: IqType }): Iq;
}

/** The factory of one client. */
export function createIqFactory(sender: StanzaSender): IqFactory {
  const make = (type: IqType, { to, from, id = createId(), query, payload }: IqValues = {}): Iq => {
    const iq = Iq.create().via(sender);
    iq.type = type;
    iq.id = id;
    iq.to = to;
    iq.from = from;
    if (query !== undefined) iq.append(xml('query', { xmlns: query }));
    if (payload !== undefined) iq.append(payload);
    return iq;
  };
  return {
    get: (values) => make('get', values) as IqRequest,
    set: (values) => make('set', values) as IqRequest,
    query: (namespace, { type = 'get', ...values } = {}) =>
      make(type, { ...values, query: namespace }) as IqRequest,
    result: (values) => make('result', values) as IqReply,
    error({ condition = 'feature-not-implemented', type = 'cancel', text, application, ...values }) {
      checkErrorValues({ condition, type });
      const iq = make('error', values) as IqReply;
      iq.append(toErrorElement({ condition, type, application, ...(text !== undefined && { text }) }));
      return iq;
    },
    make: ({ type, ...values }) => make(type, values),
  };
}
