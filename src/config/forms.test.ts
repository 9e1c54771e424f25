// What a form needs to know of each setting is in its schema.
import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { NetworkKind } from '../hub/network.ts';
import { fileSetting, secretSetting } from '../hub/settings.ts';
import { toForms } from './forms.ts';

const kind: NetworkKind<unknown> = {
  kind: 'fake',
  config: z
    .strictObject({
      pin: secretSetting().describe('Its PIN.'),
      ca: fileSetting().optional(),
      seconds: z.number().default(5),
    })
    .transform(({ pin }) => pin),
  open: () => ({ async run() {} }),
};

test('an account’s form has its network’s settings and those of every account; secrets are write-only', () => {
  const { fake } = toForms([kind], []).networks as { fake: Record<string, unknown> };
  assert.deepEqual(fake['required'], ['network', 'pin']);
  const { network, unknown, pin, ca, seconds } = fake['properties'] as Record<string, unknown>;
  assert.deepEqual(network, { const: 'fake' });
  assert.deepEqual(unknown, { type: 'string', enum: ['resend', 'leave'], default: 'resend' });
  assert.deepEqual(pin, { type: 'string', minLength: 1, description: 'Its PIN.', writeOnly: true });
  assert.deepEqual(ca, { type: 'string', minLength: 1, format: 'file' });
  assert.deepEqual(seconds, { type: 'number', default: 5 });
});

test('a face’s form has its own settings, also where they are made something else', () => {
  const { fake } = toForms([], [{ kind: 'fake', config: kind.config }]).faces;
  assert.deepEqual(fake?.['required'], ['pin']);
  assert.deepEqual(Object.keys(fake?.['properties'] as object), ['pin', 'ca', 'seconds']);
});

test('links and the parts of the file that are no accounts have forms too', () => {
  const { link, http, journal, media } = toForms([kind], []);
  assert.deepEqual(link['required'], ['name', 'rooms']);
  assert.ok(Object.hasOwn(http['properties'] as object, 'listen'));
  assert.ok(Object.hasOwn(journal['properties'] as object, 'retention'));
  assert.ok(Object.hasOwn(media['properties'] as object, 'fileMegabytes'));
});
