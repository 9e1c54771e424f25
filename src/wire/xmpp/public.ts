// The XMPP library as programs get it: `hutong/xmpp`. What is not named here may change at any time.
export { xml, XmlElement, type XmlNode } from './element.ts';
export { parseXml } from './parse-xml.ts';
export { serialise } from './serialise.ts';
export { createJid, Jid, parseJid, toJid } from './jid.ts';
export { NS } from './namespaces.ts';
export {
  AuthenticationError,
  IqError,
  IqTimeout,
  StreamError,
  XMPP_ERROR_CODES,
  XmlRefusedError,
  XmppError,
  type XmppErrorCode,
} from './errors.ts';
export {
  STANZA_ERROR_CONDITIONS,
  STANZA_ERROR_TYPES,
  StanzaErrorReply,
  type StanzaErrorCondition,
  type StanzaErrorDetails,
  type StanzaErrorType,
} from './stanza-error.ts';
export type { IqHandler, IqRequestOptions, UnhandledIq } from './iq.ts';
export type { DiscoInfo } from './disco.ts';
export type { Handled, Kept } from './inbound.ts';

export { XmppSession } from './session.ts';
export type * from './log.ts';
export type * from './session-options.ts';
export { createComponent, type ComponentOptions } from './component.ts';

export { boolean, dateTime, decimal, integer, jid, oneOf, text, type Codec } from './stanza/codec.ts';
export { defineStanza, type StanzaSpec } from './stanza/define.ts';
export type {
  Field,
  Fields,
  Init,
  Override,
  StanzaDefinition,
  StanzaOf,
  ValuesOf,
} from './stanza/definition.ts';
export {
  attribute,
  child,
  children,
  computed,
  flag,
  langText,
  ownText,
  subText,
  type TextOptions,
} from './stanza/field.ts';
export { registerStanzaPlugin, type RegisterOptions } from './stanza/register.ts';
export { Stanza, type TextPath } from './stanza/stanza.ts';
export type { StanzaValues } from './stanza/values.ts';
export { StanzaErrorPart } from './stanza/error.ts';
// By star, so that programs can add to IqPlugins, MessagePlugins and PresencePlugins.
export * from './stanza/iq.ts';
export * from './stanza/message.ts';
export { toStanza, type AnyStanza } from './stanza/any-stanza.ts';
export type { Addressed, RootStanza, SendOptions, StanzaSender } from './stanza/root.ts';

export { anyOf, createMatcher, id, type MatchedBy, type Matcher, type RootOf } from './matcher/matcher.ts';
export { idFrom } from './matcher/id-from.ts';
export { stanzaPath } from './matcher/stanza-path.ts';
export { xmlMask } from './matcher/xml-mask.ts';
export { xpath } from './matcher/xpath.ts';

export { Client, createClient, type ClientOptions } from './toolkit/client.ts';
export {
  createToolkit,
  Toolkit,
  type HandlerOptions,
  type HandlerResult,
  type StanzaHandler,
  type ToolkitOptions,
} from './toolkit/toolkit.ts';
export type { FeatureSet } from './toolkit/features.ts';
export type { IqFactory, IqValues } from './toolkit/iq-factory.ts';
export { definePlugin, type Plugin, type PluginContext } from './toolkit/plugin.ts';
export type { PluginManager } from './toolkit/plugins.ts';
export type { Stream, StreamEvents } from './toolkit/stream.ts';
export type { Collector } from './toolkit/waiting.ts';

// The plugins of the protocol's extensions; docs/xmpp.md has the list.
export * from './plugins/public.ts';
