// The IQ stanza: a request, or the answer to one.
import { xml, XmlElement } from '../element.ts';
import { NS } from '../namespaces.ts';
import { toErrorElement, type StanzaErrorCondition, type StanzaErrorType } from '../stanza-error.ts';
import { oneOf } from './codec.ts';
import { createDefinition } from './define.ts';
import type { StanzaDefinition } from './definition.ts';
import { attribute, child, computed } from './field.ts';
import { addressed, RootStanza, type Addressed, type SendOptions } from './root.ts';
import { StanzaErrorPart } from './error.ts';
import { checkErrorValues } from './error-values.ts';
import type { Stanza } from './stanza.ts';

/** What is registered in IQs, by plugin name: programs add to it; see {@link registerStanzaPlugin}. */
// oxlint-disable-next-line typescript/no-empty-object-type -- it is there to be added to
export interface IqPlugins {}

/** An IQ. @see RFC 6120 §8.2.3 */
export interface Iq extends RootStanza, Addressed, IqPlugins {
  type: IqType | undefined;
  /** The namespace of its <query/>; writing one makes it the content. */
  query: string | undefined;
  /** The child elements; writing replaces them. */
  payload: readonly XmlElement[];
  /** Made on access, which makes this IQ an error; to look without making: `findSub(StanzaErrorPart)`. */
  error: StanzaErrorPart;
  /**
   * Sends it. A request (`get`, `set`) resolves with the result; anything else with undefined, without waiting for an
   * answer.
   *
   * @throws IqError, IqTimeout, XmppError
   */
  send(options?: SendOptions): Promise<Iq | undefined>;
  /** The result for this request, addressed to who asked; see `send`. Content is left behind unless `clear` is false. */
  reply(payload?: Stanza | XmlElement, options?: { readonly clear?: boolean }): IqReply;
  /**
   * The error for this request, addressed to who asked. The type is `cancel` by default.
   *
   * @throws XmppError `xmpp-value-invalid`
   */
  replyError(error: ErrorValues): IqReply;
}

/** A request. */
export interface IqRequest extends Iq {
  send(options?: SendOptions): Promise<Iq>;
}

/** A result or an error: sending it waits for nothing. */
export interface IqReply extends Iq {
  send(): Promise<undefined>;
}

/** An error to answer with. */
export interface ErrorValues {
  readonly condition: StanzaErrorCondition;
  readonly type?: StanzaErrorType;
  readonly text?: string;
  /** The application's own condition. @see RFC 6120 §8.3.4 */
  readonly application?: XmlElement | undefined;
}

export type IqType = (typeof IQ_TYPES)[number];

const IQ_TYPES = ['get', 'set', 'result', 'error'] as const;

class IqStanza extends RootStanza {
  send(options?: SendOptions): Promise<Stanza | undefined> {
    return this.sendRoot(options);
  }

  reply(payload?: Stanza | XmlElement, options: { readonly clear?: boolean } = {}): IqReply {
    const reply = options.clear === false ? (this.clone() as unknown as IqReply) : (Iq.create() as IqReply);
    reply.setAttr('xml:lang', undefined);
    reply.type = 'result';
    reply.id = this.attr('id');
    (reply as unknown as IqStanza).answerTo(this);
    if (payload !== undefined) reply.append(payload);
    return reply;
  }

  replyError(error: ErrorValues): IqReply {
    checkErrorValues(error);
    const reply = this.reply();
    reply.type = 'error';
    reply.append(toErrorElement({ ...error, type: error.type ?? 'cancel' }));
    return reply;
  }
}

/** The declaration of {@link Iq}: register plugins in it. */
export const Iq: StanzaDefinition<Iq> = createDefinition<Iq>(
  {
    name: 'iq',
    namespace: NS.client,
    interfaces: {
      ...addressed,
      type: attribute(oneOf(...IQ_TYPES)),
      query: computed<string | undefined>({
        get: (stanza) => queriesOf(stanza)[0]?.ns,
        set(stanza, namespace) {
          if (queriesOf(stanza).some(({ ns }) => ns === namespace)) return;
          stanza.clear().append(xml('query', { xmlns: namespace }));
        },
        remove: (stanza) =>
          stanza.editNodes((nodes) =>
            nodes.filter((node) => typeof node === 'string' || node.name !== 'query'),
          ),
      }),
      payload: computed<readonly XmlElement[]>({
        derived: true,
        get: (stanza) => stanza.nodes.filter((node) => node instanceof XmlElement),
        set: (stanza, payload) => stanza.editNodes(() => payload),
        remove: (stanza) => stanza.clear(),
      }),
      error: child(StanzaErrorPart),
    },
  },
  IqStanza,
);

function queriesOf(stanza: Stanza): XmlElement[] {
  return stanza.nodes.filter((node) => node instanceof XmlElement).filter(({ name }) => name === 'query');
}
