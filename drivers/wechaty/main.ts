/**
 * Runs one Wechaty puppet for one account of hutong. It works in the account's folder, speaks with the hub over a pipe
 * (channel.ts), and ends with it. What a puppet throws where nobody catches it ends this process: the hub starts another
 * one, which costs seconds, and nothing of what was told (spool.ts).
 */
import { flushCompileCache } from 'node:module';
import type { Arguments, RefusalCode, ToDriver } from '../../src/networks/wechaty/protocol.ts';
import { calls } from './calls.ts';
import { openChannel } from './channel.ts';
import { tell, tellEvents, toMessage } from './events.ts';
import { waitForLock } from './lock.ts';
import { endGroup, endWithParent } from './orphan.ts';
import { createPuppet, DriverError, type Puppet } from './puppet.ts';
import { Spool } from './spool.ts';

/** How long what a puppet is writing may take when the hub is gone. */
const ENDING_MS = 200;

let puppet: Puppet | undefined;
let isEnding = false;

const channel = openChannel(take, () => {
  if (isEnding) return;
  isEnding = true;
  setTimeout(end, ENDING_MS);
});
process.on('uncaughtException', (error) => fail(toMessage(error)));
process.on('unhandledRejection', (reason) => fail(toMessage(reason)));
endWithParent();

/** Of no use before the process before this one has ended: until then it writes there, too. */
const opened = openSpool();
opened.catch((error: unknown) => fail(toMessage(error)));

async function openSpool(): Promise<Spool> {
  await waitForLock('driver.lock');
  const spool = new Spool('spool.jsonl');
  channel.send({ type: 'hello', protocol: 1 });
  for (const event of spool.waiting()) tell(channel, event);
  return spool;
}

function take(frame: ToDriver): void {
  if (frame.type === 'ack') return acknowledge(frame.seq);
  const { id, method, args } = frame;
  answer(method, args).then(
    (result) => channel.send({ type: 'reply', id, result }),
    (error: unknown) => channel.send({ type: 'refusal', id, code: toCode(error), message: toMessage(error) }),
  );
}

function acknowledge(seq: number): void {
  opened
    .then((spool) => spool.acknowledge(seq))
    .catch((error: unknown) => fail(`the spool cannot be written: ${toMessage(error)}`));
}

async function answer(method: keyof Arguments, args: readonly unknown[]): Promise<unknown> {
  if (method === 'ping') return undefined;
  if (method === 'start') return start(...(args as Arguments['start']));
  if (!puppet) throw new DriverError('failed', 'the puppet has not been started');
  const call = calls[method] as (puppet: Puppet, ...given: readonly unknown[]) => Promise<unknown>;
  return call(puppet, ...args);
}

async function start({ puppet: name, options }: Arguments['start'][0]): Promise<void> {
  const spool = await opened;
  puppet = await createPuppet(name, options);
  tellEvents(puppet, channel, spool, fail);
  await puppet.start();
}

function toCode(error: unknown): RefusalCode {
  if (error instanceof DriverError) return error.code;
  return /unsupported|not supported|not implement/i.test(toMessage(error)) ? 'unsupported' : 'failed';
}

/** As the process would end by itself, and what the puppet has started with it. */
function end(): void {
  process.on('exit', () => {
    flushCompileCache();
    endGroup();
  });
  process.exit(0);
}

function fail(message: string): void {
  if (isEnding) return;
  isEnding = true;
  channel.send({ type: 'fatal', message });
  void channel.flush().then(() => process.exit(1));
}
