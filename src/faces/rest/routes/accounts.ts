/** Accounts, their rooms, and the steps of their login that a person has to take. */
import { z } from 'zod';
import { RequestError } from '../../../hub/errors.ts';
import type { AccountStatus } from '../../../hub/face.ts';
import type { Caller } from '../../../http/authentication.ts';
import { RestError } from '../problems.ts';
import { administers, requireAccount, requireRoom, seesAccount, seesRoom } from '../rights.ts';
import {
  accountSchema,
  loginAnswerSchema,
  loginStepSchema,
  roomSchema,
  type WireAccount,
} from '../schemas/account.ts';
import { problemSchema } from '../schemas/problem.ts';
import { accountIdSchema, roomRefSchema, userSchema } from '../schemas/values.ts';
import { toWireAccount, toWireLoginStep } from '../wire-account.ts';
import { toWireUser } from '../wire-body.ts';
import type { AddRoutes } from './route.ts';

const accountPath = z.object({ account: accountIdSchema });

export const addAccountRoutes: AddRoutes = (server, { host: { hub } }) => {
  const find = (account: string): AccountStatus => {
    const status = hub.accounts().find(({ id }) => id === account);
    if (!status) throw new RequestError('account-unknown', `there is no account ${account}`);
    return status;
  };

  server.get(
    '/accounts',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listAccounts',
        tags: ['accounts'],
        summary: 'The accounts and how they do',
        response: { 200: z.object({ accounts: z.array(accountSchema) }), default: problemSchema },
      },
    },
    async ({ caller }) => ({
      accounts: hub
        .accounts()
        .filter(({ id }) => seesAccount(caller, id))
        .map((status) => show(status, caller)),
    }),
  );

  server.get(
    '/accounts/:account',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'readAccount',
        tags: ['accounts'],
        summary: 'One account and how it does',
        params: accountPath,
        response: { 200: accountSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { account } }) => {
      requireAccount(caller, 'read', account);
      return show(find(account), caller);
    },
  );

  server.get(
    '/accounts/:account/rooms',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listRooms',
        tags: ['rooms'],
        summary: 'The rooms of an account: those of its links, and those that its network tells of',
        params: accountPath,
        response: { 200: z.object({ rooms: z.array(roomSchema) }), default: problemSchema },
      },
    },
    async ({ caller, params: { account } }) => {
      requireAccount(caller, 'read', account);
      const links = hub.links();
      const rooms = (await hub.rooms(account)).filter(({ room }) => seesRoom(caller, room));
      return {
        rooms: rooms.map(({ room, name, direct }) => ({
          room,
          name,
          ...(direct && { direct }),
          links: links.filter((link) => link.rooms.includes(room)).map((link) => link.name),
        })),
      };
    },
  );

  server.get(
    '/members',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listMembers',
        tags: ['rooms'],
        summary: 'Who is in a room now; nobody while its account is not online',
        querystring: z.object({ room: roomRefSchema }),
        response: { 200: z.object({ members: z.array(userSchema) }), default: problemSchema },
      },
    },
    async ({ caller, query: { room } }) => {
      requireRoom(caller, 'read', room);
      return { members: hub.members(room).map(toWireUser) };
    },
  );

  server.get(
    '/accounts/:account/login',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'readLogin',
        tags: ['accounts'],
        summary: 'What a person has to do for the account to be logged in',
        params: accountPath,
        response: { 200: loginStepSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { account } }, reply) => {
      requireAccount(caller, 'admin', account);
      void reply.header('cache-control', 'no-store');
      return toWireLoginStep(account, find(account).prompt);
    },
  );

  server.get(
    '/accounts/:account/login/qr.svg',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'readLoginPicture',
        tags: ['accounts'],
        summary: 'The QR code that has to be scanned, as a picture',
        params: accountPath,
        response: {
          200: { content: { 'image/svg+xml': { schema: z.string() } } },
          default: problemSchema,
        },
      },
    },
    async ({ caller, params: { account } }, reply) => {
      requireAccount(caller, 'admin', account);
      const { prompt } = find(account);
      if (prompt?.type !== 'qr') throw new RestError('login-step-other', `${account} shows no QR code now`);
      // Loaded when somebody logs an account in, which is seldom.
      const { renderSVG } = await import('uqr');
      return reply
        .type('image/svg+xml')
        .header('cache-control', 'no-store')
        .serializer((svg: unknown) => svg as string)
        .send(renderSVG(prompt.data, { border: 4 }));
    },
  );

  server.post(
    '/accounts/:account/login',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'answerLogin',
        tags: ['accounts'],
        summary: 'The code that the account waits for',
        params: accountPath,
        body: loginAnswerSchema,
        response: { 202: loginStepSchema, default: problemSchema },
      },
    },
    async ({ caller, params: { account }, body: { code } }, reply) => {
      requireAccount(caller, 'admin', account);
      const { prompt } = find(account);
      if (prompt?.type !== 'code')
        throw new RestError('login-step-other', `${account} waits for no code now`);
      prompt.answer(code);
      return reply.code(202).send(toWireLoginStep(account, find(account).prompt));
    },
  );
};

function show(status: AccountStatus, caller: Caller): WireAccount {
  return toWireAccount(status, administers(caller, status.id));
}
