/** The XMPP library by itself: IQ round trips to Prosody on loopback, and stanzas parsed into trees. */
import { StreamParser } from '../src/wire/xmpp/parse.ts';
import { createClient, NS, xml } from '../src/wire/xmpp/public.ts';
import { startProsody } from '../test/servers/prosody.ts';
import { createFigure, median, percentile, type Figure } from './figures.ts';

const warmUpRoundTrips = 500;
const roundTrips = 3000;
const targetMs = 0.5;
const targetStanzas = 100_000;

/** All figures of this file. Prosody must be installed. */
export async function benchXmppIq(): Promise<Figure[]> {
  return [...(await measureRoundTrips()), ...measureParsing()];
}

/** Pings over TLS, one after the other, through the whole toolkit. */
async function measureRoundTrips(): Promise<Figure[]> {
  await using server = await startProsody({ users: [['ann', 'pw']] });
  await using client = createClient({
    jid: 'ann@localhost/bench',
    password: 'pw',
    server: { host: server.host, port: server.port, security: 'starttls' },
    ca: server.ca,
  });
  await client.connect();
  const timesMs: number[] = [];
  for (let index = 0; index < warmUpRoundTrips + roundTrips; index++) {
    const request = client.iq.get({ to: 'localhost', payload: xml('ping', { xmlns: NS.ping }) });
    const startMs = performance.now();
    await request.send();
    if (index >= warmUpRoundTrips) timesMs.push(performance.now() - startMs);
  }
  const p50Ms = median(timesMs);
  return [
    createFigure(
      'IQ round trip to Prosody, TLS, p50',
      `${p50Ms.toFixed(3)} ms`,
      `< ${targetMs} ms`,
      p50Ms < targetMs,
    ),
    { what: 'the same, p99', value: `${percentile(timesMs, 0.99).toFixed(3)} ms` },
  ];
}

const stanzas = {
  'an IQ result':
    "<iq type='result' id='k3bd8Rk_Lw0P4r5C' from='bea@example.org/phone' to='ann@example.org/desk'><ping xmlns='urn:xmpp:ping'/></iq>",
  'a presence in a room':
    "<presence from='room@conference.example.org/bea' to='ann@example.org/desk'><show>away</show><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>",
  'a message in a room':
    "<message from='room@conference.example.org/bea' to='ann@example.org/desk' type='groupchat' id='f81d4fae-7dec-11d0-a765-00a0c91e6bf6'><body>Hello everybody, this is a usual message of a usual length &amp; nothing more 你好</body><stanza-id xmlns='urn:xmpp:sid:0' by='room@conference.example.org' id='1720000000000-1234'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='dd72603deec90a38ba552f7c68cbcc61bca202cd'/></message>",
};

const readBytes = 16 * 1024;
const stanzasPerPass = 2000;
const passes = 40;
const warmUpPasses = 10;

/** By time of the processor, so that other programs at work do not count. */
function measureParsing(): Figure[] {
  return Object.entries(stanzas).map(([what, stanza]) => {
    let parsed = 0;
    const parser = new StreamParser({
      onHeader() {},
      onElement: () => void parsed++,
      onEnd() {},
      onError(error) {
        throw error;
      },
    });
    parser.feed(Buffer.from(`<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}'>`));
    const bytes = Buffer.from(stanza.repeat(stanzasPerPass));
    const pass = (): void => {
      for (let at = 0; at < bytes.length; at += readBytes) parser.feed(bytes.subarray(at, at + readBytes));
    };
    for (let index = 0; index < warmUpPasses; index++) pass();
    parsed = 0;
    const before = process.cpuUsage();
    for (let index = 0; index < passes; index++) pass();
    const { user, system } = process.cpuUsage(before);
    const perSecond = parsed / ((user + system) / 1e6);
    return createFigure(
      `stanzas parsed into a tree: ${what}, ${Buffer.byteLength(stanza)} bytes`,
      `${Math.round(perSecond / 1000)}k/s a core`,
      `≥ ${targetStanzas / 1000}k/s`,
      perSecond >= targetStanzas,
    );
  });
}
