/**
 * Rule 8, supervise: a network's crash, hang or silence costs that account only; what a run that is over still
 * calls is refused; an account's state is what was last proved.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { AccountError, HutongError } from '../../src/hub/errors.ts';
import { createLink } from '../../src/hub/links.ts';
import type { AccountPort, Network } from '../../src/hub/network.ts';
import { never, type FakeAccount } from './fake-server.ts';
import { linkedPair, World } from './world.ts';

function stateOf(world: World, id: string) {
  return world.hub.accounts().find((account) => account.id === id)!;
}

/** A third account that nothing may disturb, with the delays that its messages have. */
async function watched(): Promise<{ world: World; b: FakeAccount; healthy: () => Promise<void> }> {
  const world = new World();
  const [a, b, c] = [world.account('a'), world.account('b'), world.account('c')];
  world.link('a/r', 'b/r', 'c/r');
  await world.start();
  let number = 0;
  const healthy = async () => {
    number += 1;
    const text = `#${number}`;
    const saidAt = world.time.nowMs;
    a.server.say('r', 'ann', text);
    await world.pass(20);
    assert.ok(c.server.find('r', text).atMs - saidAt <= 10);
    assert.deepEqual([a.runs, c.runs], [1, 1], 'nobody else was started again');
  };
  return { world, b, healthy };
}

test('rule 8, supervise: a crash costs one account its connection, and nobody else anything', async () => {
  const { world, b, healthy } = await watched();
  await healthy();
  b.cut(new Error('segmentation fault'));
  await healthy();
  assert.equal(stateOf(world, 'b').state.phase, 'waiting');
  assert.equal(stateOf(world, 'b').state.message, 'segmentation fault');
  await world.pass(5000);
  await healthy();
  assert.equal(b.runs, 2);
  assert.deepEqual(b.server.texts('r').slice(-3), ['#1', '#2', '#3'].slice(-b.server.texts('r').length));
});

test('rule 8, supervise: a network that throws when its rooms change is run again, and the others get theirs', async () => {
  const { world, b, healthy } = await watched();
  const run = b.open.bind(b);
  b.open = () => ({
    run: (port, signal) => {
      let told = 0;
      const watchRooms: AccountPort['watchRooms'] = (watcher) =>
        port.watchRooms((rooms) => {
          told += 1;
          if (told === 2) throw new TypeError('rooms is not iterable');
          watcher(rooms);
        });
      return run().run({ ...port, watchRooms }, signal);
    },
  });
  await world.finish(world.hub.apply(world.plan({ b: 'changed' })));
  await world.pass(50);
  world.links = [createLink({ name: 'more', rooms: ['a/r', 'b/r', 'b/s', 'c/r', 'c/s'] })];
  await world.apply(world.plan({ b: 'changed' }));
  await world.pass(50);
  await healthy();
  assert.equal(stateOf(world, 'b').state.message, 'rooms is not iterable');
  assert.deepEqual(world.accounts[2]!.rooms.toSorted(), ['r', 's']);
  await world.pass(5000);
  assert.deepEqual(b.rooms.toSorted(), ['r', 's']);
});

test('rule 8, supervise: a network that throws before it promises anything is a crash like any other', async () => {
  const { world, b, healthy } = await watched();
  b.cut();
  const network: Network = {
    run: () => {
      throw new TypeError('cannot read properties of undefined');
    },
  };
  b.open = () => network;
  const plan = world.plan({ b: 'changed' });
  await world.finish(world.hub.apply(plan));
  await world.pass(1000);
  await healthy();
  assert.match(stateOf(world, 'b').state.message ?? '', /cannot read properties/);
});

test('rule 8, supervise: silence beyond aliveMs ends the run, and it is run again', async () => {
  const { world, b } = await linkedPair({ b: { limits: { aliveMs: 30_000 } } });
  await world.pass(25_000);
  b.port!.alive();
  await world.pass(25_000);
  await world.finish(b.message('r', 'bob', 'a word is a sign of life', { native: '1' }));
  await world.pass(25_000);
  await world.pass(4_900);
  assert.equal(b.runs, 1);
  await world.pass(200);
  assert.equal(stateOf(world, 'b').state.phase, 'waiting');
  assert.match(stateOf(world, 'b').state.message ?? '', /nothing was heard from the network for 30 s/);
  await world.pass(5_000);
  assert.equal(b.runs, 2);
});

test('rule 8, supervise: a run that hangs before it was ever online is ended too', async () => {
  const world = new World();
  const a = world.account('a');
  let hangs = 0;
  a.open = () => ({
    run: (_port, signal) =>
      new Promise((_, reject) => {
        hangs += 1;
        signal.addEventListener('abort', () => reject(new Error('told to end')));
      }),
  });
  await world.start();
  await world.pass(119_000);
  assert.equal(hangs, 1);
  await world.pass(5_000);
  assert.equal(hangs, 2);
});

test('rule 8, supervise: a person may take any time to scan a code', async () => {
  const world = new World();
  const a = world.account('a');
  let port: AccountPort | undefined;
  let runs = 0;
  a.open = () => ({
    run: (given) => {
      port = given;
      runs += 1;
      given.prompt({ type: 'qr', data: 'code' });
      return never();
    },
  });
  await world.start();
  await world.pass(3_600_000);
  assert.deepEqual(stateOf(world, 'a').prompt, { type: 'qr', data: 'code' });
  port!.prompt(undefined);
  assert.equal(stateOf(world, 'a').prompt, undefined);
  assert.equal(runs, 1);
  await world.pass(150_000);
  assert.equal(runs, 2, 'once the code is scanned it may not hang any more than others');
});

test('rule 8, supervise: who waits for the other side to come may wait for ever, and is watched when it has come', async () => {
  const world = new World();
  const a = world.account('a');
  let port: AccountPort | undefined;
  let runs = 0;
  a.open = () => ({
    run: (given) => {
      port = given;
      runs += 1;
      given.state({ phase: 'waiting', message: 'waits for the implementation' });
      return never();
    },
  });
  await world.start();
  await world.pass(3_600_000);
  assert.deepEqual([runs, stateOf(world, 'a').state.message], [1, 'waits for the implementation']);
  port!.alive();
  await world.pass(150_000);
  assert.equal(runs, 2, 'it has come and says nothing more');
});

function over(error: unknown): boolean {
  return error instanceof HutongError && error.code === 'account-over';
}

test('rule 8, supervise: a run that does not end is abandoned, and its later calls are refused', async () => {
  const { world, b, healthy } = await watched();
  b.linger = never;
  b.cut();
  await world.pass(5_000);
  assert.equal(b.runs, 2);
  const zombie = b.port!;
  const { opened } = b;
  b.linger = undefined;
  await world.finish(zombie.store.set('cursor', '1'));
  // Its configuration changes, so it is told to end; it does not.
  const applying = world.hub.apply(world.plan({ b: 'changed' }));
  await world.pass(4_000);
  assert.equal(b.opened, opened, 'it has its time to end');
  await world.finish(applying);
  await world.pass(100);
  assert.equal(b.opened, opened + 1, 'the new run is of a new network, as the old one is not to be trusted');
  await healthy();

  const room = 'r';
  const ghost = { kind: 'message', room, native: 'g', sender: { id: 'g', name: 'g' }, body: [] } as const;
  await assert.rejects(world.finish(zombie.receive(ghost)), over);
  await assert.rejects(world.finish(zombie.store.set('cursor', '2')), over);
  await assert.rejects(world.finish(zombie.store.get('cursor')), over);
  await assert.rejects(world.finish(zombie.store.list('')), over);
  const state = { phase: 'failed', message: 'boo' } as const;
  const session = { self: b.self, actions: { send: never }, carries: [], limits: b.traits.limits } as never;
  for (const call of [
    () => zombie.alive(),
    () => zombie.state(state),
    () => zombie.online(session),
    () => zombie.prompt({ type: 'qr', data: 'boo' }),
    () => zombie.watchRooms(() => {}),
  ]) {
    assert.throws(call, over);
  }
  assert.equal(stateOf(world, 'b').state.phase, 'online');
  assert.equal(await world.finish(b.port!.store.get('cursor')), '1');
});

test('rule 8, supervise: an account that is refused is not tried again until its configuration changes', async () => {
  for (const code of ['account-auth', 'account-setup'] as const) {
    const { world, b, healthy } = await watched();
    b.trouble = new AccountError(code, 'wrong password');
    b.cut();
    await world.pass(10_000);
    const { runs } = b;
    assert.deepEqual(stateOf(world, 'b').state, { phase: 'failed', message: 'wrong password' });
    await world.pass(3_600_000);
    assert.equal(b.runs, runs);
    await healthy();
    b.trouble = undefined;
    await world.finish(world.hub.apply(world.plan()));
    await world.pass(10_000);
    assert.equal(b.runs, runs, 'a plan that does not change it does not either');
    await world.finish(world.hub.apply(world.plan({ b: 'new password' })));
    await world.pass(1000);
    assert.equal(stateOf(world, 'b').state.phase, 'online');
    assert.deepEqual(b.server.texts('r'), ['#1'], 'what waited has arrived');
  }
});

test('rule 8, supervise: crash loops back off to half a minute, and a run that worked begins anew', async () => {
  const { world, b, healthy } = await watched();
  b.trouble = new Error('unreachable');
  b.cut();
  await world.pass(1_200_000);
  const gaps = b.beganAt.slice(2).map((at, index) => at - b.beganAt[index + 1]!);
  gaps.forEach((gap, index) => {
    const fullMs = Math.min(30_000, 500 * 2 ** (index + 1));
    assert.ok(gap >= fullMs / 2 && gap <= fullMs + 1, `gap ${index}: ${gap} ms`);
  });
  assert.ok(gaps.length > 10);
  await healthy();
  b.trouble = undefined;
  await world.pass(100_000);
  const { runs } = b;
  b.cut();
  await world.pass(600);
  assert.equal(b.runs, runs + 1);
});

test('rule 8, supervise: the state shown is what was last proved, with when', async () => {
  const { world, b } = await linkedPair();
  const online = stateOf(world, 'b');
  assert.deepEqual(online.state, { phase: 'online' });
  await world.pass(10_000);
  assert.equal(stateOf(world, 'b').since, online.since);
  b.trouble = new Error('no route to host');
  b.cut();
  await world.pass(10_000);
  const away = stateOf(world, 'b');
  assert.deepEqual(away.state, { phase: 'waiting', message: 'no route to host' });
  assert.ok(away.since > online.since && away.heardAt! >= online.heardAt!);
  assert.deepEqual(away.capabilities, []);
  assert.equal(away.self, undefined);
});

test('rule 8, supervise: once the hub has stopped nothing runs and nothing is sent', async () => {
  const { world, a, b } = await linkedPair();
  b.before = never;
  a.server.say('r', 'ann', 'one');
  a.server.say('r', 'ann', 'two');
  await world.pass(100);
  await world.finish(world.hub.stop());
  b.before = () => {};
  const calls = b.calls.length;
  await world.pass(600_000);
  assert.equal(b.calls.length, calls);
  assert.deepEqual([a.runs, b.runs], [1, 1]);
});

test('rule 8, supervise: a network that cannot be opened costs its own account only, and is tried again', async () => {
  const { world, a, b } = await linkedPair();
  let broken = true;
  const plan = world.plan();
  const accounts = plan.accounts.map((account) => ({
    ...account,
    fingerprint: 'new',
    open() {
      if (account.id === 'a' && broken) throw new Error('a bug');
      return account.open();
    },
  }));
  await world.apply({ accounts });
  await world.pass(1000);
  const phase = (id: string) => world.hub.accounts().find((account) => account.id === id)!.state.phase;
  assert.deepEqual([phase('a'), phase('b')], ['waiting', 'online']);
  broken = false;
  await world.pass(30_000);
  assert.deepEqual([phase('a'), phase('b')], ['online', 'online']);
  a.server.say('r', 'ann', 'hello');
  await world.pass(100);
  assert.deepEqual(b.server.texts('r'), ['hello']);
});

test('rule 8, supervise: an account’s place on the web server is its present run’s, and nobody’s in between', async () => {
  const { world, b } = await watched();
  const run = b.open.bind(b);
  const ports: AccountPort[] = [];
  b.open = () => ({
    run: (port, signal) => {
      ports.push(port);
      port.http.serve({ request: () => {} });
      return run().run(port, signal);
    },
  });
  await world.finish(world.hub.apply(world.plan({ b: 'changed' })));
  await world.pass(50);
  const first = world.hub.mounted('b');
  assert.ok(first);
  assert.equal(world.hub.mounted('a'), undefined, 'it serves nothing');
  assert.equal(world.hub.mounted('nobody'), undefined);
  b.cut(new Error('gone'));
  await world.pass(10);
  assert.equal(world.hub.mounted('b'), undefined);
  assert.throws(() => ports[0]?.http.serve({}), over);
  await world.pass(5_000);
  assert.ok(world.hub.mounted('b'));
  assert.notEqual(world.hub.mounted('b'), first);
});
