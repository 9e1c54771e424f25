// JavaScript callers have no compiler, and a wrong condition on the wire helps nobody: it is refused here.
import {
  STANZA_ERROR_CONDITIONS,
  STANZA_ERROR_TYPES,
  type StanzaErrorCondition,
  type StanzaErrorType,
} from '../stanza-error.ts';
import { oneOf } from './codec.ts';

const conditions = oneOf(...STANZA_ERROR_CONDITIONS);
const types = oneOf(...STANZA_ERROR_TYPES);

/** @throws XmppError `xmpp-value-invalid` for a condition or type that no document defines */
export function checkErrorValues(error: {
  readonly condition: StanzaErrorCondition;
  readonly type?: StanzaErrorType;
}): void {
  conditions.write(error.condition);
  if (error.type !== undefined) types.write(error.type);
}
