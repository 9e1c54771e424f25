// The OneBot 11 library as programs get it: `hutong/onebot11`. What is not named here may change at any time.
export {
  ACTIONS,
  isAction,
  splitAction,
  type ActionData,
  type ActionName,
  type ActionParams,
  type ReadParams,
} from './actions.ts';
export { findToken, isSameSecret, isSigned, toSignature } from './authorization.ts';
export { escapeCqText, parseCqString, toCqString, unescapeCq } from './cq-code.ts';
export { ActionError, ONEBOT_ERROR_CODES, OneBotError, type OneBotErrorCode } from './errors.ts';
export {
  isEvent,
  parseEvent,
  parseMessageEvent,
  type GroupMessageEvent,
  type MessageEvent,
  type MetaEvent,
  type NoticeEvent,
  type OneBotEvent,
  type PrivateMessageEvent,
  type RequestEvent,
  type WireEvent,
} from './events.ts';
export { parseAnswer, parseCall, type Answer, type AnswerFrame, type CallFrame } from './frames.ts';
export { parseForwarded, parseMessage, type Forwarded, type WireMessage } from './message.ts';
export { isTokenRefusal, RETCODE } from './retcodes.ts';
export {
  parseSegment,
  toWireSegment,
  type KnownSegment,
  type Segment,
  type UnknownSegment,
  type WireSegment,
} from './segments.ts';
export { Calls, type After } from './calls.ts';
export { type CallOptions, type OneBotClient } from './client.ts';
export { connectOneBot, type ConnectOptions } from './connect.ts';
export { OneBotHttpApi, type HttpApiOptions } from './http-api.ts';
export { ReverseServer, type ClientRole, type ReverseConnection } from './reverse.ts';
export { OneBotSocket, type SocketOptions } from './socket.ts';
