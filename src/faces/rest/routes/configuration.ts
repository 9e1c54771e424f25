/** hutong.yaml over HTTP: read it, try a change, apply it. For administrators of the whole hub. */
import { requireWhole } from '../rights.ts';
import {
  appliedSchema,
  applySchema,
  changeSchema,
  configurationSchema,
  formsSchema,
  proposalSchema,
} from '../schemas/configuration.ts';
import { problemSchema } from '../schemas/problem.ts';
import type { AddRoutes } from './route.ts';

export const addConfigurationRoutes: AddRoutes = (server, { host: { configuration } }) => {
  server.get(
    '/configuration',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'readConfiguration',
        tags: ['configuration'],
        summary: 'hutong.yaml as it is written, without secrets',
        response: { 200: configurationSchema, default: problemSchema },
      },
    },
    async ({ caller }, reply) => {
      requireWhole(caller);
      void reply.header('cache-control', 'no-store');
      const { version, file, exists, text, accounts, links, settings, problems } = await configuration.read();
      return {
        version,
        file,
        exists,
        ...(text !== undefined && { text }),
        accounts,
        links: [...links],
        settings,
        problems: [...problems],
      };
    },
  );

  server.get(
    '/configuration/forms',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'readForms',
        tags: ['configuration'],
        summary: 'JSON Schemas of the parts of hutong.yaml',
        response: { 200: formsSchema, default: problemSchema },
      },
    },
    async () => configuration.forms(),
  );

  server.post(
    '/configuration/check',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'checkConfiguration',
        tags: ['configuration'],
        summary: 'A dry run: what a change would do, and what is wrong with it',
        body: changeSchema,
        response: { 200: proposalSchema, default: problemSchema },
      },
    },
    async ({ caller, body }) => {
      requireWhole(caller);
      const { version, difference, problems } = await configuration.propose(body);
      return { version, difference: [...difference], problems: [...problems] };
    },
  );

  server.post(
    '/configuration',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'applyConfiguration',
        tags: ['configuration'],
        summary: 'Applies a change: hutong.yaml is written, and the hub runs as it says',
        description:
          '`config-changed` (409): somebody edited the file since the version that the change was made for.',
        body: applySchema,
        response: { 200: appliedSchema, default: problemSchema },
      },
    },
    async ({ caller, body: { change, version: of } }) => {
      requireWhole(caller);
      const { version, difference } = await configuration.apply(change, of);
      return { version, difference: [...difference] };
    },
  );
};
