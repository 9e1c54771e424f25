import assert from 'node:assert/strict';
import test from 'node:test';
import { CommandError, CommandSet, defineCommand, type Place, splitLine } from './commands.ts';

interface Recorder extends Place {
  said: unknown[][];
  replies: string[];
}

function createRecorder(): Recorder {
  const replies: string[] = [];
  return { said: [], replies, reply: (lines) => void replies.push(...lines) };
}

const tell = defineCommand({
  name: 'tell',
  aliases: ['t'],
  parameters: [
    { name: 'NICK', takes: 'word' },
    { name: 'TEXT', takes: 'text' },
  ],
  help: 'tells somebody something',
  run: (here: Recorder, nick, text) => void here.said.push([nick, text]),
});

const last = defineCommand({
  name: 'last',
  parameters: [{ name: 'N', takes: 'count', optional: true }],
  help: 'shows the last ones',
  run: (here: Recorder, count) => void here.said.push([count]),
});

const commands = new CommandSet<Recorder>([tell, last]);

test('a line is its first word and the rest; an ideographic space parts them too', () => {
  assert.deepEqual(splitLine('say  hi there '), { word: 'say', rest: 'hi there' });
  assert.deepEqual(splitLine(' say　你好'), { word: 'say', rest: '你好' });
  assert.deepEqual(splitLine('look'), { word: 'look', rest: '' });
  assert.deepEqual(splitLine('   '), { word: '', rest: '' });
});

test('parameters are taken in their order, text to the end of the line', () => {
  const here = createRecorder();
  void tell.run(here, 'ann  how are  you? ');
  assert.deepEqual(here.said, [['ann', 'how are  you?']]);
});

test('an optional parameter may be left out', () => {
  const here = createRecorder();
  void last.run(here, '');
  void last.run(here, '5');
  assert.deepEqual(here.said, [[undefined], [5]]);
});

test('what does not fit is refused with the way to type it', () => {
  const here = createRecorder();
  const message = 'Please type it like this - tell NICK TEXT';
  assert.throws(() => tell.run(here, ''), { name: 'CommandError', message });
  assert.throws(() => tell.run(here, 'ann'), { message });
  assert.throws(() => last.run(here, '5 6'), { message: 'Please type it like this - last [N]' });
  for (const count of ['0', '-1', '1.5', 'x', '99999999999999999999']) {
    assert.throws(() => last.run(here, count), CommandError);
  }
  assert.deepEqual(here.said, []);
});

test('a command is found by name and alias, whatever the capitals, and nothing else is', () => {
  assert.equal(commands.find('TELL'), tell);
  assert.equal(commands.find('t'), tell);
  assert.equal(commands.find('constructor'), undefined);
});

test('help lists all commands, itself too, or explains one', async () => {
  const here = createRecorder();
  await commands.find('help')?.run(here, '');
  assert.deepEqual(here.replies, [
    '  tell NICK TEXT  tells somebody something',
    '  last [N]        shows the last ones',
    '  help [COMMAND]  lists the commands, or explains one',
  ]);
  here.replies.length = 0;
  await commands.find('help')?.run(here, 'tell');
  assert.deepEqual(here.replies, ['tell NICK TEXT (or t) - tells somebody something']);
  assert.throws(() => commands.find('?')?.run(here, 'fly'), { message: 'There is no command fly' });
});

test('two commands of one name are a mistake of ours', () => {
  assert.throws(() => new CommandSet<Recorder>([tell, tell]), /two commands/);
});
