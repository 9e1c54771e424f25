/** Who calls: by a token, which is also what chooses the account. */
import type { ServerReadableStream, ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { allows, type Scope } from '../../hub/access.ts';
import type { AccountStatus, HubAccess } from '../../hub/face.ts';
import { splitRoomRef, type AccountId, type RoomRef } from '../../hub/message.ts';
import type { Caller } from '../../http/authentication.ts';
import { Failure } from './failure.ts';
import { METADATA } from './gate/agreement.ts';
import type { WechatyHost } from './host.ts';
import type { Message } from './protobuf.ts';
import { readMark, type Told } from './told.ts';

export type UnaryCall = ServerUnaryCall<Message, Message>;
export type WritingCall = ServerWritableStream<Message, Message>;
export type ReadingCall = ServerReadableStream<Message, Message>;

/** A bot: its token's rights, and the account that it is. */
export interface Visitor {
  caller: Caller;
  account: AccountId;
  /** Under which its place in the events is kept. Bots with the same token share it. */
  key: string;
  /** Of the call, the same when the gate makes it again: with it nothing is said twice. */
  callId?: string;
  /** How far the bot was told by the stream that this one continues. */
  told?: Told;
}

export interface DoorOptions {
  host: Pick<WechatyHost, 'authentication'>;
  /** Of tokens that name no account. */
  account: AccountId | undefined;
  /** Whether the gate tells what is said of calls; bots are not believed. */
  isBehindGate: boolean;
}

const scheme = 'Wechaty ';

export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Rejects with a `Failure`: UNAUTHENTICATED, PERMISSION_DENIED, FAILED_PRECONDITION. */
  async visitor(call: UnaryCall | WritingCall | ReadingCall): Promise<Visitor> {
    const text = tokenOf(call);
    const caller = text === undefined ? undefined : await this.#options.host.authentication.tokenCaller(text);
    if (!caller) throw new Failure('UNAUTHENTICATED', 'this token is none of the hub’s, or was revoked');
    const account = caller.account ?? this.#options.account;
    if (account === undefined) {
      throw new Failure(
        'FAILED_PRECONDITION',
        `the token "${caller.name}" names no account: make one with --account, or set faces.wechaty.account`,
      );
    }
    if (!allows(caller, 'read', account)) {
      throw new Failure('PERMISSION_DENIED', `the token "${caller.name}" may not read as ${account}`);
    }
    return { caller, account, key: `${account}/token/${caller.name}`, ...this.#toldByGate(call) };
  }

  #toldByGate({ metadata }: UnaryCall | WritingCall | ReadingCall): Pick<Visitor, 'callId' | 'told'> {
    if (!this.#options.isBehindGate) return {};
    const [callId] = metadata.get(METADATA.call);
    const [mark] = metadata.get(METADATA.told);
    const told = typeof mark === 'string' ? readMark(mark) : undefined;
    return { ...(typeof callId === 'string' && { callId }), ...(told && { told }) };
  }
}

/** Clients with TLS send it as such; those without only as the name of the host that they call. */
function tokenOf(call: UnaryCall | WritingCall | ReadingCall): string | undefined {
  const [sent] = call.metadata.get('authorization');
  if (sent === undefined) return call.getHost();
  return typeof sent === 'string' && sent.startsWith(scheme) ? sent.slice(scheme.length) : undefined;
}

export function mayIn({ caller, account }: Visitor, scope: Scope, room: RoomRef): boolean {
  return splitRoomRef(room).account === account && allows(caller, scope, account, room);
}

/** Rejects with a `Failure`: NOT_FOUND. */
export function statusOf(hub: Pick<HubAccess, 'accounts'>, { account }: Visitor): AccountStatus {
  const status = hub.accounts().find(({ id }) => id === account);
  if (!status) throw new Failure('NOT_FOUND', `there is no account ${account} any more`);
  return status;
}
