// A hub with a club is killed, as a power cut would, while a member talks without a pause: all that was written is in the
// club's history afterwards, once and in order, and the other member has seen it in order, the rest of it after the kill.
// And one that stands still for a moment, and then finds more than it reads at once, shows all of it.
import assert from 'node:assert/strict';
import test from 'node:test';
import { xml } from '../../src/wire/xmpp/element.ts';
import { ROSTER_NS } from '../../src/wire/xmpp/roster.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import type { XmppServer } from '../servers/xmpp-server.ts';
import { Contact, PASSWORD } from './club-contact.ts';

const ROUNDS = 3;
const MESSAGES = 40;
/** So many have been seen when the hub is killed. */
const SEEN = 10;
/** More than a session reads ahead, and than the club has on the way to its members. */
const AT_ONCE = 1300;
const CLUB = 'club@localhost';
const users = ['club', 'ann', 'bea'].map((name) => [name, PASSWORD] as const);

const toNumbers = (texts: readonly string[]) => texts.map((text) => Number(/number (\d+)$/.exec(text)?.[1]));

/** A hub's folder, with a club. */
function createHome(server: XmppServer): Promise<HubHome> {
  return HubHome.create(
    `http: { listen: "127.0.0.1:0" }
accounts:
  house: { network: house, telnet: { listen: "127.0.0.1:0" } }
  club: { network: xmpp, jid: ${CLUB}, password: "\${CLUB_PASSWORD}", nick: Club, server: "xmpp://127.0.0.1:${server.port}", tls: { ca: "${server.caPath}" }, club: { room: lobby } }
links:
  - { name: lobby, rooms: [house/lobby, club/lobby] }
`,
    { CLUB_PASSWORD: PASSWORD },
  );
}

test(
  'a hub that is killed while members talk loses nothing and shows it in order',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users });
    await using home = await createHome(server);
    let hub = home.start();
    await hub.telnet();
    await using ann = await Contact.connect(server, 'ann', CLUB);
    await using bea = await Contact.connect(server, 'bea', CLUB);
    await ann.join();
    await bea.join();
    for (let round = 0; round < ROUNDS; round += 1) {
      const first = round * MESSAGES;
      const last = first + MESSAGES - 1;
      for (let number = first; number <= last; number += 1) await ann.say(`number ${number}`);
      await bea.until(`[ann] number ${first + SEEN}`);
      const { arrivals } = bea;
      await hub.kill();
      hub = home.start();
      const seen: string[] = [];
      while (seen.at(-1) !== `[ann] number ${last}`) seen.push(await bea.next());
      // The hub is there again and knows that Bea is: what is said next is heard as it is said. That all was seen says
      // nothing of it, since that may have been before the kill.
      await bea.returned(arrivals);
      await bea.settled();
      const numbers = toNumbers(seen.filter((text) => text.startsWith('[ann] ')));
      // What was shown in the last moments before the kill may be shown once more, among what was missed.
      const again = numbers.findIndex((number, index) => index > 0 && number <= numbers[index - 1]!);
      const runs = again === -1 ? [numbers] : [numbers.slice(0, again), numbers.slice(again)];
      for (const run of runs) {
        assert.deepEqual(
          run,
          run.toSorted((one, other) => one - other),
        );
      }
      const lastTen = Array.from({ length: 10 }, (_, index) => last - 9 + index);
      assert.deepEqual(numbers.slice(-10), lastTen);
    }
    await bea.say(`-history ${ROUNDS * MESSAGES + 1}`);
    const history = await bea.until(/\n/);
    assert.deepEqual(
      toNumbers(history.split('\n')),
      Array.from({ length: ROUNDS * MESSAGES }, (_, number) => number),
    );
  },
);

test(
  'what reaches a club all at once, more than it reads, is shown whole',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users });
    await using home = await createHome(server);
    const hub = home.start();
    await hub.telnet();
    await using ann = await Contact.connect(server, 'ann', CLUB);
    await using bea = await Contact.connect(server, 'bea', CLUB);
    await ann.join();
    await bea.join();
    process.kill(hub.pid, 'SIGSTOP');
    for (let number = 0; number < AT_ONCE; number += 1) await ann.say(`number ${number}`);
    await ann.session.iq(xml('iq', { type: 'get' }, xml('query', { xmlns: ROSTER_NS })));
    process.kill(hub.pid, 'SIGCONT');
    const seen: string[] = [];
    while (seen.at(-1) !== `[ann] number ${AT_ONCE - 1}`) seen.push(await bea.next());
    assert.deepEqual(
      toNumbers(seen.filter((text) => text.startsWith('[ann] '))),
      Array.from({ length: AT_ONCE }, (_, number) => number),
    );
  },
);
