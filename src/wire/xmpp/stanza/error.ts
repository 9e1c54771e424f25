// The <error/> of a stanza, for those who read or write it as a part of a stanza. Answering with an error is easier by
// throwing StanzaErrorReply or by replyError.
import { XmlElement, xml } from '../element.ts';
import { NS } from '../namespaces.ts';
import {
  STANZA_ERROR_CONDITIONS,
  STANZA_ERROR_TYPES,
  type StanzaErrorCondition,
  type StanzaErrorType,
} from '../stanza-error.ts';
import { integer, jid, oneOf } from './codec.ts';
import { createDefinition } from './define.ts';
import { attribute, computed, langText } from './field.ts';
import type { Jid } from '../jid.ts';
import type { StanzaDefinition } from './definition.ts';
import { Stanza } from './stanza.ts';

/**
 * The error of a stanza. One that is made on access is `feature-not-implemented`, `cancel`, and gives the stanza
 * around it the type `error`.
 */
export interface StanzaErrorPart extends Stanza {
  condition: StanzaErrorCondition | undefined;
  type: StanzaErrorType | undefined;
  text: string | undefined;
  /** The new address, where the condition is `gone`; writing it makes it so. */
  gone: string | undefined;
  /** The other address, where the condition is `redirect`; writing it makes it so. */
  redirect: string | undefined;
  /** Who raised it. */
  by: Jid | undefined;
  /** The number of old times. @see XEP-0086 */
  code: number | undefined;
}

const conditions = oneOf(...STANZA_ERROR_CONDITIONS);

function findCondition(stanza: Stanza): XmlElement | undefined {
  return stanza.nodes.find(
    (node) =>
      node instanceof XmlElement && node.ns === NS.stanzaError && conditions.read(node.name) !== undefined,
  ) as XmlElement | undefined;
}

function setCondition(stanza: Stanza, condition: string | undefined, address?: string): void {
  const before = findCondition(stanza);
  const made =
    condition === undefined
      ? []
      : [xml(conditions.write(condition as StanzaErrorCondition), IN_ERRORS, address)];
  // The condition comes first in an error (RFC 6120 §8.3.2).
  stanza.editNodes((nodes) => [
    ...made,
    ...nodes.filter((node) => !(node instanceof XmlElement && isSame(node, before))),
  ]);
}

function isSame(one: XmlElement, other: XmlElement | undefined): boolean {
  return other !== undefined && one.is(other.name, other.ns);
}

const IN_ERRORS = { xmlns: NS.stanzaError };

function addressOf(condition: 'gone' | 'redirect') {
  return computed<string | undefined>({
    get(stanza) {
      const found = findCondition(stanza);
      return found?.name === condition && found.text() !== '' ? found.text() : undefined;
    },
    set: (stanza, address) => setCondition(stanza, condition, address),
    remove(stanza) {
      if (findCondition(stanza)?.name === condition) setCondition(stanza, undefined);
    },
  });
}

/** @see RFC 6120 §8.3 */
export const StanzaErrorPart: StanzaDefinition<StanzaErrorPart> = createDefinition<StanzaErrorPart>(
  {
    name: 'error',
    namespace: NS.client,
    interfaces: {
      type: attribute(oneOf(...STANZA_ERROR_TYPES)),
      condition: computed<StanzaErrorCondition | undefined>({
        get: (stanza) => conditions.read(findCondition(stanza)?.name ?? ''),
        set: setCondition,
        remove: (stanza) => setCondition(stanza, undefined),
      }),
      text: langText({ namespace: NS.stanzaError }),
      gone: addressOf('gone'),
      redirect: addressOf('redirect'),
      by: attribute(jid),
      code: attribute(integer),
    },
    created(error) {
      error.type = 'cancel';
      error.condition = 'feature-not-implemented';
      error.parent?.setAttr('type', 'error');
    },
  },
  Stanza,
);
