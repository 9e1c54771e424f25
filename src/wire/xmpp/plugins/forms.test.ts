import assert from 'node:assert/strict';
import test from 'node:test';
import { parseXml } from '../parse-xml.ts';
import {
  DataForm,
  fillForm,
  formTypeOf,
  readForm,
  readFormItems,
  toFormResult,
  toSubmission,
} from './forms.ts';
import { readAll, ResultSet, toPage, toResultSet } from './rsm.ts';

const SETTINGS = DataForm.wrap(
  parseXml(`<x xmlns='jabber:x:data' type='form'><title>Settings</title><instructions>Fill in</instructions>
    <field type='hidden' var='FORM_TYPE'><value>urn:room</value></field>
    <field type='fixed'><value>About the room</value></field>
    <field type='text-single' var='name' label='Name'><required/><value>Tea</value></field>
    <field type='boolean' var='public'><value>0</value></field>
    <field type='list-single' var='whois'><option label='All'><value>anyone</value></option><option><value>moderators</value></option><value>anyone</value></field>
    <field type='jid-multi' var='admins'/><field type='text-private' var='secret'/></x>`),
);

test('a form is read by name', () => {
  assert.equal(formTypeOf(SETTINGS), 'urn:room');
  assert.deepEqual(readForm(SETTINGS).get('name'), ['Tea']);
  assert.deepEqual([SETTINGS.title, SETTINGS.instructions, SETTINGS.type], ['Settings', 'Fill in', 'form']);
  assert.deepEqual(
    SETTINGS.fields[4]?.options.map(({ label, value }) => [label, value]),
    [
      ['All', 'anyone'],
      [undefined, 'moderators'],
    ],
  );
  assert.equal(SETTINGS.fields[2]?.required, true);
});

test('an answer keeps what the form proposes and changes what is given', () => {
  const answer = fillForm(SETTINGS, {
    public: true,
    whois: 'moderators',
    admins: ['ann@example.org', 'bea@example.org'],
  });
  assert.equal(answer.type, 'submit');
  assert.deepEqual(Object.fromEntries(readForm(answer)), {
    FORM_TYPE: ['urn:room'],
    name: ['Tea'],
    public: ['1'],
    whois: ['moderators'],
    admins: ['ann@example.org', 'bea@example.org'],
  });
  assert.ok(!answer.toString().includes('About the room'));
});

for (const [what, values] of [
  ['a name that is not in the form', { nonsense: 'x' }],
  ['an empty value where one is required', { name: '' }],
  ['a choice that is not offered', { whois: 'nobody' }],
  ['two values for one', { name: ['a', 'b'] }],
] as const) {
  test(`filling in ${what} is refused`, () => {
    assert.throws(() => fillForm(SETTINGS, values), { code: 'xmpp-value-invalid' });
  });
}

test('forms are made as they go over the wire', () => {
  assert.equal(
    toSubmission('urn:t', { a: 1, b: false, c: undefined }).toString(),
    '<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE" type="hidden"><value>urn:t</value></field>' +
      '<field var="a"><value>1</value></field><field var="b"><value>0</value></field></x>',
  );
  assert.equal(toFormResult(undefined, {}).toString(), '<x xmlns="jabber:x:data" type="result"/>');
});

test('rows of a result are read, whatever stands between them', () => {
  const form = DataForm.wrap(
    parseXml(
      `<x xmlns='jabber:x:data' type='result'><reported><field var='n'/></reported>text<item><field var='n'><value>1</value></field><field/></item><item/></x>`,
    ),
  );
  assert.deepEqual(
    readFormItems(form).map((row) => [...row]),
    [[['n', ['1']]], []],
  );
  assert.equal(DataForm.wrap(parseXml("<x xmlns='jabber:x:data' type='odd'/>")).type, undefined);
});

const readSet = (xml: string) =>
  ResultSet.wrap(parseXml(`<set xmlns='http://jabber.org/protocol/rsm'>${xml}</set>`));

test('a page is wished for and told', () => {
  assert.equal(toResultSet({}), undefined);
  assert.equal(
    toResultSet({ max: 2, before: '' })?.toString(),
    '<set xmlns="http://jabber.org/protocol/rsm"><max>2</max><before/></set>',
  );
  assert.deepEqual(toPage(['a', 'b'], readSet("<first index='0'>a</first><last>b</last><count>3</count>")), {
    items: ['a', 'b'],
    next: 'b',
    count: 3,
  });
  assert.equal(
    toPage(['c'], readSet("<first index='2'>c</first><last>c</last><count>3</count>")).next,
    undefined,
  );
  assert.equal(toPage(['c'], undefined).next, undefined);
  assert.equal(toPage([], readSet('<last>x</last>')).next, undefined);
  assert.equal(
    toPage(['a'], readSet("<first index='x'>a</first><last>a</last><count>many</count>")).next,
    'a',
  );
});

test('all pages are read until one is the last', async () => {
  const pages = new Map<string | undefined, { items: number[]; next: string | undefined; count: undefined }>([
    [undefined, { items: [1, 2], next: 'b', count: undefined }],
    ['b', { items: [3], next: undefined, count: undefined }],
  ]);
  assert.deepEqual(await Array.fromAsync(readAll(async (after) => pages.get(after)!)), [1, 2, 3]);
});
