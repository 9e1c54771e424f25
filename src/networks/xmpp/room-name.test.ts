import assert from 'node:assert/strict';
import test from 'node:test';
import { explainSpelling, parseRoomName } from './room-name.ts';

test('one room has one name, however it is written', () => {
  for (const name of [
    'Lobby@Conference.Example.org',
    ' lobby@conference.example.org ',
    'xmpp:lobby@conference.example.org?join',
  ]) {
    assert.equal(parseRoomName(name), 'lobby@conference.example.org');
  }
  assert.equal(parseRoomName('胡同@conference.example.org'), '胡同@conference.example.org');
});

test('what is no room is refused with what is wrong and what was expected', () => {
  const expected = /expected room@chat-service/;
  assert.throws(() => parseRoomName('lobby'), /is a server, not a room.*expected/);
  assert.throws(() => parseRoomName('lobby@conference.example.org/ann'), /somebody in a room.*expected/);
  assert.throws(() => parseRoomName('a b@conference.example.org'), expected);
  assert.throws(() => parseRoomName(''), expected);
});

test('an id in another spelling is told in the right one', () => {
  const spelled = '"Lobby@Conference.Example.org/Ann" is written lobby@conference.example.org/Ann';
  assert.equal(explainSpelling('Lobby@Conference.Example.org/Ann'), spelled);
  for (const id of [
    'lobby@conference.example.org',
    'lobby@conference.example.org/Ann B',
    'example.org',
    '@',
  ]) {
    assert.equal(explainSpelling(id), undefined, id);
  }
});
