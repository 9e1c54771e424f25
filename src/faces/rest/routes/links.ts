/** The links that run. They are changed through the configuration: `/v1/configuration`. */
import { z } from 'zod';
import { seesRoom } from '../rights.ts';
import { linkSchema } from '../schemas/link.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { AddRoutes } from './route.ts';

export const addLinkRoutes: AddRoutes = (server, { host: { hub } }) => {
  server.get(
    '/links',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listLinks',
        tags: ['configuration'],
        summary: 'The links that run',
        response: { 200: z.object({ links: z.array(linkSchema) }), default: problemSchema },
      },
    },
    async ({ caller }) => ({
      links: hub
        .links()
        .filter(({ rooms }) => rooms.some((room) => seesRoom(caller, room)))
        .map(({ name, rooms, direction, format, ignore, moderation, renames }) => ({
          name,
          rooms: rooms.filter((room) => seesRoom(caller, room)),
          direction,
          format,
          filter: {
            text: ignore.text.map(({ source }) => source),
            nick: ignore.nick.map(({ source }) => source),
            account: [...ignore.account],
          },
          moderation,
          renames,
        })),
    }),
  );
};
