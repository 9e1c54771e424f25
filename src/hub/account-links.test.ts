// An account changes the links that its own rooms are in, and nothing else of the configuration.
import assert from 'node:assert/strict';
import test from 'node:test';
import { AccountLinks } from './account-links.ts';
import type { ConfigurationChange, ConfigurationService } from './configuration.ts';
import { RequestError } from './errors.ts';
import { createLink, type Link } from './links.ts';

const links: Link[] = [
  createLink({ name: 'pair', rooms: ['x/r', 'house/lobby'] }),
  createLink({ name: 'three', rooms: ['x/s', 'house/tea', 'qq/1'] }),
  createLink({ name: 'oneway', rooms: ['x/n', 'house/n', 'qq/n'], direction: 'from-first' }),
  createLink({ name: 'foreign', rooms: ['house/a', 'qq/2'] }),
  createLink({ name: 'also', rooms: ['x/s', 'house/b'] }),
];

function setup() {
  const proposed: ConfigurationChange[] = [];
  const applied: [ConfigurationChange, string, string | undefined][] = [];
  const configuration: ConfigurationService = {
    read: async () => ({
      version: 'v1',
      file: 'hutong.yaml',
      exists: true,
      accounts: {},
      links: links.map(({ name, rooms, direction }) => ({ name, rooms, direction })),
      settings: {},
      problems: [],
    }),
    async propose(change) {
      proposed.push(change);
      return { version: 'v1', difference: [{ text: 'a line', needsRestart: false }], problems: [] };
    },
    async apply(change, version, by) {
      applied.push([change, version, by]);
      return { version: 'v2', difference: [] };
    },
    forms: () => ({ networks: {}, faces: {}, link: {}, http: {}, journal: {}, media: {} }),
  };
  const desk = new AccountLinks({
    account: 'x',
    configuration,
    links: () => links,
    accounts: () => [],
    rooms: async () => [],
    people: (room) => ({ room, online: true, members: [] }),
  });
  return { desk, proposed, applied };
}

test('a new link joins a room of the account with another account’s, and is made when that is agreed to', async () => {
  const { desk, proposed, applied } = setup();
  const proposal = await desk.join('new@rooms', 'house/lobby');
  const change = {
    operations: [{ do: 'add-link', link: { name: 'new@rooms', rooms: ['x/new@rooms', 'house/lobby'] } }],
  };
  assert.deepEqual(proposed, [change]);
  assert.deepEqual(proposal.difference, ['a line']);
  assert.deepEqual(applied, []);
  await proposal.apply('ann@example.org');
  assert.deepEqual(applied, [[change, 'v1', 'ann@example.org']]);
});

test('by the name of a link a room joins all that are in it', async () => {
  const { desk, proposed } = setup();
  await desk.join('new', 'foreign');
  assert.deepEqual(proposed, [
    {
      operations: [
        {
          do: 'replace-link',
          name: 'foreign',
          link: { name: 'foreign', rooms: ['house/a', 'qq/2', 'x/new'], direction: 'both' },
        },
      ],
    },
  ]);
  await assert.rejects(desk.join('new', 'nothing'), /there is no link "nothing"/);
});

test('a room that leaves takes a link of two with it, and no other', async () => {
  const { desk, proposed } = setup();
  await desk.part('r');
  await desk.part('s', 'three');
  assert.deepEqual(proposed, [
    { operations: [{ do: 'remove-link', name: 'pair' }] },
    {
      operations: [
        {
          do: 'replace-link',
          name: 'three',
          link: { name: 'three', rooms: ['house/tea', 'qq/1'], direction: 'both' },
        },
      ],
    },
  ]);
});

test('what is not the account’s own is refused', async () => {
  const { desk, proposed } = setup();
  for (const asked of [
    () => desk.join('new', 'x/other'),
    () => desk.part('a', 'foreign'),
    () => desk.part('lobby', 'pair'),
    () => desk.part('unknown'),
    () => desk.part('s'),
    () => desk.part('n'),
  ]) {
    await assert.rejects(asked(), RequestError);
  }
  assert.deepEqual(proposed, []);
  assert.deepEqual(
    desk.links().map(({ name }) => name),
    ['pair', 'three', 'oneway', 'also'],
  );
});

test('what somebody types names no variable of the environment', async () => {
  const { desk, proposed } = setup();
  await desk.join('a${HOME}', 'house/${SECRET}');
  assert.deepEqual(proposed, [
    {
      operations: [
        { do: 'add-link', link: { name: 'a$${HOME}', rooms: ['x/a$${HOME}', 'house/$${SECRET}'] } },
      ],
    },
  ]);
});
