/** How late the hub's event loop is while a thousand messages a second are said, journaled and shown. */
import { createFigure, type Figure } from './figures.ts';
import { HubProcess } from './hub-process.ts';
import { LineSpeaker } from './line-speaker.ts';
import { atRate } from './steady.ts';

const speakers = 10;
const perSecond = 1000;
const warmUpSeconds = 3;
const seconds = 10;
const targetMs = 20;
const text = '今天的天气很好, and so on, as people talk. '.repeat(3);

export async function benchEventLoop(): Promise<Figure[]> {
  await using hub = await HubProcess.start();
  const people = await Promise.all(
    Array.from({ length: speakers }, (_, index) => LineSpeaker.enter(hub.telnetPort, `u${index}`)),
  );
  const sayNext = (number: number) => people[number % speakers]!.say(`${text}${number}`);
  await atRate(perSecond, warmUpSeconds, sayNext);
  const before = await hub.ask('watch-loop');
  await atRate(perSecond, seconds, sayNext);
  const after = await hub.ask('sample');
  for (const person of people) person[Symbol.dispose]();
  const reached = (after.appended - before.appended) / seconds;
  return [
    { what: 'messages appended', value: `${reached.toFixed(0)}/s` },
    createFigure(
      'event loop delay, p99',
      `${after.loopDelayP99Ms.toFixed(1)} ms`,
      `< ${targetMs} ms`,
      after.loopDelayP99Ms < targetMs,
    ),
  ];
}
