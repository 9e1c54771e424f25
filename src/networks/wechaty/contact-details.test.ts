/** What puppets tell of contacts. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { contactSchema } from './payloads.ts';
import { toContactDetails } from './contact-details.ts';

test('what a puppet tells of a contact is kept, what it leaves out or tells oddly is not there', () => {
  const told = {
    id: 'c1',
    name: 'Ann',
    alias: 'aunt',
    gender: 2,
    province: '浙江',
    city: '杭州',
    friend: true,
  };
  assert.deepEqual(toContactDetails(contactSchema.parse(told)), {
    alias: 'aunt',
    gender: 'female',
    province: '浙江',
    city: '杭州',
    isFriend: true,
  });
  const odd = { id: 'c2', alias: '', gender: 'x', province: 7, friend: null };
  assert.deepEqual(toContactDetails(contactSchema.parse(odd)), {});
  assert.deepEqual(toContactDetails(contactSchema.parse({ id: 'c3', gender: 0 })), {});
});
