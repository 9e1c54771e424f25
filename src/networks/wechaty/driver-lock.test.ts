/** That an account has one driver at a time, whatever becomes of the hub that started it: the real driver, without a puppet. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import test from 'node:test';
import { FakePort } from '../../../test/fakes/port.ts';
import { DRIVER_MAIN } from '../../../test/fakes/wechat.ts';
import { createSystemClock } from '../../hub/clock.ts';
import { DriverProcess } from './driver-process.ts';
import type { FromDriver } from './protocol.ts';

const clock = createSystemClock();

/** A driver, and what it has said. */
function startDriver(folder: string) {
  const frames: FromDriver[] = [];
  const changes = new EventEmitter<{ change: [] }>();
  const driver = new DriverProcess({
    main: DRIVER_MAIN,
    folder,
    memoryMegabytes: 128,
    clock,
    log: new FakePort().log,
    onFrame(frame) {
      frames.push(frame);
      changes.emit('change');
    },
  });
  return {
    driver,
    says: (type: FromDriver['type']) => frames.some((frame) => frame.type === type),
    async said(type: FromDriver['type']) {
      while (!this.says(type)) await once(changes, 'change');
    },
    [Symbol.asyncDispose]: () => driver.stop(),
  };
}

test('a driver does nothing before the one before it has ended, and then begins', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-driver-'));
  await using first = startDriver(folder.path);
  await first.said('hello');
  await using second = startDriver(folder.path);
  // It is there, and answers, but what it would say first of all is not said.
  second.driver.send({ type: 'call', id: 1, method: 'ping', args: [] });
  await second.said('reply');
  assert.equal(second.says('hello'), false);
  process.kill(first.driver.pid!, 'SIGKILL');
  await second.said('hello');
});

test('what a puppet has started ends with its driver when the hub is gone', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hutong-driver-'));
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const browser = `require('node:net').connect(${port}, '127.0.0.1')`;
  const puppet = join(folder.path, 'puppet.mjs');
  await writeFile(
    puppet,
    `import { spawn } from 'node:child_process';
export default class {
  on() {}
  setMemory() {}
  async start() {
    spawn(process.execPath, ['--eval', ${JSON.stringify(browser)}]);
  }
}`,
  );
  // As a hub starts it; but a hub that is killed ends nothing.
  const driver = spawn(process.execPath, [DRIVER_MAIN], {
    cwd: folder.path,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const exited = once(driver, 'exit');
  const channel = driver.stdio[3] as Duplex;
  const start = { type: 'call', id: 1, method: 'start', args: [{ puppet, options: {} }] };
  channel.write(`${JSON.stringify(start)}\n`);
  const [connected] = (await once(server, 'connection')) as [Socket];
  connected.resume().on('error', () => {
    // It was killed: `close` follows.
  });
  const gone = once(connected, 'close');
  channel.destroy();
  await Promise.all([exited, gone]);
});
