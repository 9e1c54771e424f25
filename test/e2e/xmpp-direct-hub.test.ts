// A person linked with a room, by a hub as somebody runs it:
// - what she writes to the hub's account is said in the room by a puppet, and what is said there is sent to her;
// - the puppet shows her picture;
// - what comes back, though it had counted as sent, is shown as parked with the reason;
// - the hub is killed, she goes on writing, and nothing is missed or doubled when it is back.
import assert from 'node:assert/strict';
import test from 'node:test';
import { toAvatarId, toVCardPhoto } from '../../src/wire/xmpp/avatar.ts';
import { xml } from '../../src/wire/xmpp/element.ts';
import { toErrorElement } from '../../src/wire/xmpp/stanza-error.ts';
import { samples } from '../fakes/media-samples.ts';
import { skipEjabberd, startEjabberd } from '../servers/ejabberd.ts';
import { HubHome } from '../servers/hub-process.ts';
import { skipProsody, startProsody } from '../servers/prosody.ts';
import { eventually, isDelivered, toAccount } from './bridge-hub.ts';
import { COMPONENT } from './xmpp-component-peer.ts';
import { clock, PASSWORD, Peer, USERS } from './xmpp-peer.ts';

const ANN = 'ann@localhost';
const picture = Buffer.from(samples.png);

for (const [name, skip, start] of [
  ['Prosody', skipProsody, startProsody],
  ['ejabberd', skipEjabberd, startEjabberd],
] as const) {
  test(
    `a person of ${name} in a link is heard and seen in the room, over a killed hub`,
    { skip },
    async () => {
      await using server = await start({
        users: USERS,
        component: COMPONENT,
        modules: name === 'ejabberd' ? ['mod_vcard'] : [],
      });
      const room = `lobby@${server.mucDomain}`;
      await using ann = await Peer.connect(server, 'ann');
      await using bea = await Peer.connect(server, 'bea', room);
      const card = xml('vCard', { xmlns: 'vcard-temp' }, toVCardPhoto('image/png', picture));
      await ann.session.iq(xml('iq', { type: 'set' }, card));
      await using home = await HubHome.create(
        `http: { listen: "127.0.0.1:0" }
accounts:
${toAccount('jabber', server)}  rooms: { network: xmpp, component: ${COMPONENT.domain}, secret: "\${SECRET}", server: "xmpp://127.0.0.1:${server.componentPort}" }
links:
  - { name: ann, rooms: ["jabber/${ANN}", "rooms/${room}"] }
`,
        { SECRET: COMPONENT.secret, XMPP_PASSWORD: PASSWORD },
      );
      const write = (text: string) =>
        ann.session.send(
          xml('message', { to: 'bridge@localhost', type: 'chat', id: clock.id() }, xml('body', {}, text)),
        );
      const first = home.start();
      await bea.until((stanza) => stanza.name === 'presence' && stanza.attr('from') === `${room}/hutong`);

      await write('one');
      await bea.untilHeard(room, 'ann', 1);
      await bea.say(room, 'hello ann');
      await ann.until((stanza) => stanza.childText('body') === '<bea> hello ann');
      // Her first word came without a picture.
      await write('two');
      await bea.untilHeard(room, 'ann', 2);
      for (const hash = toAvatarId(picture); ;) {
        const isShown = bea.stanzas.some(
          (stanza) =>
            stanza.attr('from') === `${room}/ann` &&
            stanza.child('x', 'vcard-temp:x:update')?.childText('photo') === hash,
        );
        if (isShown) break;
        await write('look');
        await bea.sync();
      }
      await write('seen');
      await bea.until((stanza) => stanza.childText('body') === 'seen');
      const before = bea.heard(room, 'ann').length;

      // A refusal that comes when the message has long counted as sent.
      await bea.say(room, 'not to be had');
      const got = await ann.until((stanza) => stanza.childText('body') === '<bea> not to be had');
      await using journal = await home.openJournal();
      await eventually('it counts as sent', async () => await isDelivered(journal));
      const back = { to: got.attr('from'), id: got.attr('id'), type: 'error' };
      await ann.session.send(
        xml('message', back, toErrorElement({ condition: 'gone', type: 'cancel', text: 'moved away' })),
      );
      const parked = () => journal.deliveries({ states: ['parked'] }, 0, 10);
      await eventually('it is parked', async () => (await parked()).length === 1);
      assert.match((await parked())[0]?.reason ?? '', /gone \(moved away\)/);

      await first.kill();
      const missed = Array.from({ length: 20 }, (_, index) => `missed ${index}`);
      for (const text of missed) await write(text);
      await ann.sync();
      home.start();
      await bea.until((stanza) => stanza.childText('body') === missed.at(-1));
      await write('last');
      await bea.until((stanza) => stanza.childText('body') === 'last');
      assert.deepEqual(bea.heard(room, 'ann').slice(before), [...missed, 'last']);
    },
  );
}
