// Files between QQ and a real media store on a temporary folder.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { samples } from '../../../test/fakes/media-samples.ts';
import { createMediaStore } from '../../../test/fakes/media-store.ts';
import { FakePort } from '../../../test/fakes/port.ts';
import { createSystemClock } from '../../hub/clock.ts';
import type { MediaSegment } from '../../hub/message.ts';
import type { OneBotClient } from '../../wire/onebot11/client.ts';
import { ActionError } from '../../wire/onebot11/errors.ts';
import type { FileData } from './convert.ts';
import { Files } from './files.ts';

interface World extends AsyncDisposable {
  files: Files;
  port: FakePort;
  /** Where QQ keeps its files. */
  base: string;
  asked: string[];
}

async function open(answers: Record<string, unknown> = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const media = stack.use(await createMediaStore());
  const server = createServer((request, response) => {
    if (request.url === '/gone') return void response.writeHead(404).end();
    response.end(request.url === '/voice.mp3' ? samples.ogg : samples.png);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = new FakePort();
  port.media = media.store;
  const asked: string[] = [];
  const client = {
    async call(action: string) {
      asked.push(action);
      const answer = answers[action];
      if (answer === undefined) throw new ActionError(action, 1404, 'no');
      return { file: '', url: '', base64: '', ...(answer as object) };
    },
  } as unknown as OneBotClient;
  const { signal } = new AbortController();
  const files = new Files({ port, client, clock: createSystemClock(), signal, inlineBytes: 100 });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { files, port, base, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const data = (given: FileData) => given;

test('a picture is kept, because its address will not open for long', async () => {
  await using world = await open();
  const kept = await world.files.keep(
    'image',
    data({ file: 'A.image', url: `${world.base}/cat`, summary: '[猫]' }),
  );
  assert.match(kept?.url ?? '', /^media:/);
  assert.deepEqual(
    { ...kept, url: '' },
    {
      type: 'image',
      url: '',
      name: 'A.image',
      mime: 'image/png',
      sizeBytes: samples.png.length,
      alt: '猫',
    },
  );
  assert.deepEqual(world.asked, []);
});

test('what cannot be fetched stays a link', async () => {
  await using world = await open();
  assert.deepEqual(await world.files.keep('image', data({ url: `${world.base}/gone` })), {
    type: 'image',
    url: `${world.base}/gone`,
  });
});

test('voice is asked for as something that plays, else it is taken as it is', async () => {
  const base64 = samples.ogg.toString('base64');
  await using playing = await open({ get_record: { base64 } });
  const given = data({ file: 'v.silk', url: `${playing.base}/silk` });
  assert.equal((await playing.files.keep('audio', given))?.type, 'audio');
  await using silent = await open();
  const raw = await silent.files.keep('audio', data({ file: 'v.silk', url: `${silent.base}/silk` }));
  assert.match(raw?.url ?? '', /^media:/);
});

test('paths of the implementation’s machine are never opened', async () => {
  await using world = await open({
    get_image: { file: '/etc/passwd' },
    get_file: { file: 'file:///etc/passwd' },
  });
  for (const file of ['file:///etc/passwd', '/etc/passwd', 'C:\\passwd']) {
    assert.equal(await world.files.keep('image', data({ file })), undefined);
    assert.equal(await world.files.keep('file', data({ file })), undefined);
  }
});

test('a small file goes out within the message, a large one as a link', async () => {
  await using world = await open();
  const store = world.port.media;
  const save = async (bytes: Uint8Array): Promise<MediaSegment> => {
    const stored = await store.save(
      (async function* () {
        yield bytes;
      })(),
    );
    return { type: 'image', url: store.resolve(stored.url) };
  };
  const small = await save(samples.png);
  assert.equal(await world.files.give(small), `base64://${samples.png.toString('base64')}`);
  const large = await save(Buffer.alloc(101, 1));
  assert.equal(await world.files.give(large), large.url);
  const foreign: MediaSegment = { type: 'image', url: 'https://example.org/a.png' };
  assert.equal(await world.files.give(foreign), foreign.url);
});
