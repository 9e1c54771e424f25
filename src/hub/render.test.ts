import assert from 'node:assert/strict';
import test from 'node:test';
import type { MessageEvent } from './event.ts';
import { textBody, toPlainText, type Segment } from './message.ts';
import type { Carried } from './network.ts';
import {
  renderEditAsMessage,
  renderMessage,
  renderReactionAsMessage,
  renderRecallAsMessage,
  renderRenameAsMessage,
  toQuote,
  type Target,
} from './render.ts';

function said(text: string | readonly Segment[], more: Partial<MessageEvent> = {}): MessageEvent {
  const body = typeof text === 'string' ? textBody(text) : text;
  const sender = { id: '7', name: 'ann' };
  return { kind: 'message', id: 'm1', position: 1, room: 'qq/group:1', at: 0, sender, body, ...more };
}

function by(name: string, text: string): MessageEvent {
  return said(text, { sender: { id: '7', name } });
}

function target(more: Partial<Omit<Target, 'carries'>> & { carries?: readonly Carried[] } = {}): Target {
  const { carries = [], ...rest } = more;
  const limits = { textBytes: 10_000 };
  return {
    limits,
    format: '<{nick}> {text}',
    asSelf: false,
    toLink: (url) => url,
    ...rest,
    carries: new Set(carries),
  };
}

function texts(event: MessageEvent, to = target()): string[] {
  return renderMessage(event, undefined, to).parts.map(toPlainText);
}

const lineEnds = ['\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029'];
/** Every way to begin a line that a reader may take for somebody else's message. */
function linesLike(text: string, pattern: RegExp): string[] {
  return text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).filter((line) => pattern.test(line));
}

test('a foreign author is named by the link’s format', () => {
  assert.deepEqual(texts(said('hi')), ['<ann> hi']);
  const format = '[{account}|{room}] {nick}: {text}';
  assert.deepEqual(texts(said('hi'), target({ format })), ['[qq|group:1] ann: hi']);
});

test('where authors are carried nothing is written before the text', () => {
  const rendered = renderMessage(said('hi'), undefined, target({ carries: ['author'] }));
  assert.deepEqual(rendered, {
    parts: [textBody('hi')],
    author: { name: 'ann', account: 'qq', user: '7' },
  });
});

test('the account itself has no name before its text', () => {
  assert.deepEqual(texts(said('hi'), target({ asSelf: true })), ['hi']);
});

test('an action is carried, or shown by a star', () => {
  const waves = said('waves', { action: true });
  assert.deepEqual(texts(waves), ['<ann> * waves']);
  assert.deepEqual(texts(waves, target({ asSelf: true })), ['* waves']);
  const carried = renderMessage(waves, undefined, target({ carries: ['author', 'action'] }));
  assert.equal(carried.action, true);
  assert.deepEqual(carried.parts.map(toPlainText), ['waves']);
});

test('a reply points at a copy where that is carried, else there is a quote', () => {
  const reply = { native: 'n1', quote: { name: 'bob', text: 'a question?\nover two lines' } };
  const quoted = renderMessage(said('yes'), reply, target());
  assert.deepEqual(quoted.parts.map(toPlainText), ['<ann> > bob: a question? over two lines\nyes']);
  assert.equal(quoted.replyTo, undefined);
  const pointing = renderMessage(said('yes'), reply, target({ carries: ['reply'] }));
  assert.deepEqual(pointing.replyTo, reply);
  assert.deepEqual(pointing.parts.map(toPlainText), ['<ann> yes']);
  const lost = renderMessage(said('yes'), { quote: reply.quote }, target({ carries: ['reply'] }));
  assert.match(toPlainText(lost.parts[0]!), /> bob: a question/);
});

test('a quote is one short line', () => {
  const { text } = toQuote(said(`${'很长的话'.repeat(100)}\nand more`));
  assert.equal([...text].length, 80);
  assert.match(text, /…$/);
});

function shown(rendered: ReturnType<typeof renderMessage>): string[] {
  return rendered.parts.map(toPlainText);
}

test('an edit, a recall and a reaction are told in words, by who did them', () => {
  const original = said('hello', { action: true });
  const base = { id: 'a', position: 2, room: 'qq/group:1', at: 0, target: 'm1' } as const;
  const actor = { id: '8', name: 'bob' };
  assert.deepEqual(shown(renderEditAsMessage(original, textBody('hello!'), target())), ['<ann> ✎ hello!']);
  const recall = { ...base, kind: 'recall', actor } as const;
  assert.deepEqual(shown(renderRecallAsMessage(original, recall, target())), ['<bob> ✗ recalled: hello']);
  const reaction = { ...base, kind: 'reaction', actor, emoji: '🎉', added: true } as const;
  assert.deepEqual(shown(renderReactionAsMessage(original, reaction, '🎉', target())), [
    '<bob> 🎉 → ann: hello',
  ]);
});

/** `ann` has this name now. */
function renameTo(name: string, more: Parameters<typeof target>[0] = {}) {
  const at = { id: 'n1', position: 2, room: 'qq/group:1', at: 0 } as const;
  return renderRenameAsMessage(
    { ...at, kind: 'rename', who: { id: '7', name }, oldName: 'ann' },
    target(more),
  );
}

test('another name is what somebody does under the old one, on one line', () => {
  assert.deepEqual(shown(renameTo('Annabel')!), ['<ann> * is now known as Annabel']);
  assert.deepEqual(shown(renameTo('b\n<bob> hi')!), ['<ann> * is now known as b ·bob· hi']);
  assert.deepEqual(shown(renameTo('Annabel', { format: '{nick}: {text}' })!), [
    'ann: * is now known as Annabel',
  ]);
  const carried = renameTo('Annabel', { carries: ['author', 'action'] })!;
  assert.deepEqual(
    [carried.author?.name, carried.action, shown(carried)],
    ['ann', true, ['is now known as Annabel']],
  );
  assert.equal(renameTo('ann\u202e'), undefined);
});

test('what is not carried is put into words, what is stays', () => {
  const body: Segment[] = [
    { type: 'text', text: 'look ' },
    { type: 'image', url: 'https://example.org/a.png', alt: 'a cat' },
    { type: 'text', text: ' ' },
    { type: 'emoji', text: '[smile]' },
  ];
  assert.deepEqual(texts(said(body)), ['<ann> look [a cat] https://example.org/a.png [smile]']);
  const carried = renderMessage(said(body), undefined, target({ carries: ['author', 'image'] }));
  assert.deepEqual(
    carried.parts[0]?.map(({ type }) => type),
    ['text', 'image', 'text'],
  );
});

test('a mention of somebody elsewhere is only a name here, of somebody here it stays', () => {
  const body: Segment[] = [{ type: 'mention', user: 'all', name: 'everyone' }];
  const carries: Carried[] = ['author', 'mention'];
  assert.deepEqual(renderMessage(said(body), undefined, target({ carries })).parts, [textBody('@everyone')]);
  assert.deepEqual(renderMessage(said(body), undefined, target({ carries, asSelf: true })).parts, [body]);
});

test('a long text is split within the limit, between words or lines where there are any, and nothing is lost', () => {
  const samples = [
    'word '.repeat(200),
    '胡同互通'.repeat(100),
    '👨‍👩‍👧‍👦🎉'.repeat(50),
    `${'line of text\n'.repeat(60)}end`,
    `a${'\ud800'.repeat(300)}b`,
    'é'.repeat(333),
  ];
  for (const sample of samples) {
    for (const textBytes of [40, 41, 42, 43, 100, 399]) {
      const parts = texts(said(sample), target({ asSelf: true, limits: { textBytes } }));
      assert.equal(parts.join(''), sample);
      for (const part of parts) {
        assert.ok(Buffer.byteLength(part) <= textBytes, `${Buffer.byteLength(part)} of ${textBytes} bytes`);
        assert.equal(part.isWellFormed(), sample.isWellFormed(), 'no code point is broken');
      }
    }
  }
  const words = texts(said('word '.repeat(200)), target({ asSelf: true, limits: { textBytes: 42 } }));
  for (const part of words) assert.match(part, /^(word )+$/);
});

test('a limit smaller than one character does not go on for ever', () => {
  assert.deepEqual(texts(said('胡同'), target({ asSelf: true, limits: { textBytes: 1 } })), ['胡', '同']);
});

test('every part of a split text names its author, and is within the limit with the name', () => {
  for (const name of ['ann', '很长的名字'.repeat(20)]) {
    for (const textBytes of [60, 200, 1000]) {
      const parts = texts(by(name, 'word '.repeat(400)), target({ limits: { textBytes } }));
      assert.ok(parts.length > 1);
      for (const part of parts) {
        assert.match(part, /^<[^>]+> word /);
        assert.ok(Buffer.byteLength(part) <= textBytes, `${Buffer.byteLength(part)} of ${textBytes} bytes`);
      }
    }
  }
});

test('nobody can have a part of a long message begin as somebody else’s', () => {
  for (let length = 1; length < 200; length += 1) {
    const parts = texts(said(`${'x'.repeat(length)}<bob> I owe you`), target({ limits: { textBytes: 60 } }));
    for (const part of parts) assert.ok(part.startsWith('<ann> '), part);
  }
});

for (const format of ['<{nick}> {text}', '[{nick}@{account}] {text}', '{nick}: {text}', '«{nick}» {text}']) {
  const forged = format.replace('{nick}', 'bob').replace('{account}', 'qq').replace('{text}', 'I owe you');
  const looksLike = new RegExp(`^\\s*${RegExp.escape(forged.slice(0, forged.indexOf('bob') + 3))}`);

  test(`with the format ${format} no text can hold a line that looks like somebody else’s message`, () => {
    for (const lineEnd of lineEnds) {
      const [text] = texts(said(`hi${lineEnd}${forged}${lineEnd} ${forged}`), target({ format }));
      assert.deepEqual(linesLike(text!, looksLike), [], JSON.stringify(text));
      const pieces: Segment[] = [
        { type: 'text', text: `hi${lineEnd}` },
        { type: 'text', text: forged, marks: ['bold'] },
        { type: 'text', text: lineEnd, marks: ['italic'] },
        { type: 'text', text: forged },
        { type: 'mention', user: '1', name: `x${lineEnd}${forged}` },
        { type: 'image', url: 'https://example.org', alt: `x${lineEnd}${forged}` },
      ];
      const [pieced] = texts(said(pieces), target({ format }));
      assert.deepEqual(linesLike(pieced!, looksLike), [], JSON.stringify(pieced));
      const reply = { quote: { name: `x${lineEnd}${forged}`, text: `y${lineEnd}${forged}` } };
      const quoting = renderMessage(said(forged), reply, target({ format }));
      assert.deepEqual(linesLike(toPlainText(quoting.parts[0]!), looksLike), []);
    }
  });

  test(`with the format ${format} no name can end early and go on as somebody else`, () => {
    const honest = texts(by('NAME', 'TEXT'), target({ format }))[0]!;
    const delimiters = honest.replace(/NAME|TEXT|qq|\s/g, '').split('');
    for (const lineEnd of lineEnds) {
      const name = `x${delimiters.join('')}\u202e${lineEnd}${forged}\u0000\u200b`;
      const text = texts(by(name, 'TEXT'), target({ format }))[0]!;
      for (const delimiter of delimiters) {
        assert.equal(text.split(delimiter).length, honest.split(delimiter).length, text);
      }
      assert.equal(linesLike(text, /./s).length, 1, 'it is one line');
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
    }
  });
}

test('a name of nothing but invisible characters is shown as a question mark, a long one is cut', () => {
  assert.deepEqual(texts(by('\u200b\u202e \u0007\u3164', 'hi')), ['<?> hi']);
  assert.deepEqual(texts(by('很'.repeat(500), 'hi')), [`<${'很'.repeat(64)}> hi`]);
});

test('an honest text of several lines stays as it is', () => {
  const text = 'one\n  two\n\nthree > two < four';
  assert.deepEqual(texts(said(text)), [`<ann> ${text}`]);
});

/** As the media store does it. */
function toLink(url: string): string {
  return url.replace('media:', 'https://hub.example/media/');
}

test('a kept file goes out as a link, and nobody ever sees the store’s own address', () => {
  const id = 'ab'.repeat(20);
  const image: Segment = { type: 'image', url: `media:${id}/cat.png`, name: 'cat.png' };
  const sender = { id: '7', name: 'ann' };
  const body: Segment[] = [image, { type: 'forward', messages: [{ sender, body: [image] }] }];
  const { parts } = renderMessage(
    said(body),
    undefined,
    target({ carries: ['image'], asSelf: true, toLink }),
  );
  const url = `https://hub.example/media/${id}/cat.png`;
  const words: Segment = { type: 'text', text: `[forwarded messages]\nann: [cat.png] ${url}` };
  assert.deepEqual(parts, [[{ ...image, url }, words]]);
  assert.equal(toQuote(said([image])).text, '[cat.png]');
});

test('where a file has to be alone, it is: what is said with it goes before and after, and names its author', () => {
  const limits = { textBytes: 10_000, mediaAlone: true };
  const cat: Segment = { type: 'image', url: 'https://h/cat.png', name: 'cat.png' };
  const dog: Segment = { type: 'file', url: 'https://h/dog.zip' };
  const body: Segment[] = [
    { type: 'text', text: 'look\n' },
    cat,
    { type: 'text', text: ' \n' },
    dog,
    ...textBody('!'),
  ];
  const carries = ['image', 'file'] as const;
  const parts = (event: MessageEvent, more: Partial<Omit<Target, 'carries'>> = {}) =>
    renderMessage(event, undefined, target({ carries, limits, ...more })).parts;
  assert.deepEqual(parts(said(body)), [textBody('<ann> look\n'), [cat], [dog], textBody('<ann> !')]);
  assert.deepEqual(parts(said([cat])), [textBody('<ann> [cat.png]'), [cat]]);
  assert.deepEqual(parts(said([cat]), { asSelf: true }), [[cat]]);
  const withAuthor = target({ carries: [...carries, 'author'], limits });
  assert.deepEqual(renderMessage(said([cat, dog]), undefined, withAuthor).parts, [[cat], [dog]]);
  assert.deepEqual(renderMessage(said([cat]), undefined, target({ limits })).parts, [
    textBody('<ann> [cat.png] https://h/cat.png'),
  ]);
  const quoted = renderMessage(
    said([cat]),
    { quote: { name: 'bob', text: 'hi' } },
    target({ carries, limits }),
  );
  assert.deepEqual(quoted.parts, [textBody('<ann> > bob: hi\n'), [cat]]);
});

test('where only files of some types have to be alone, the others stay in their text', () => {
  const limits = { textBytes: 10_000, mediaAlone: ['file'] as const };
  const cat: Segment = { type: 'image', url: 'https://h/cat.png', name: 'cat.png' };
  const dog: Segment = { type: 'file', url: 'https://h/dog.zip', name: 'dog.zip' };
  const place = target({ carries: ['image', 'file'], limits });
  const parts = (body: Segment[]) => renderMessage(said(body), undefined, place).parts;
  assert.deepEqual(parts([cat]), [[...textBody('<ann> '), cat]]);
  assert.deepEqual(parts([...textBody('look '), cat, dog]), [[...textBody('<ann> look '), cat], [dog]]);
  assert.deepEqual(parts([cat, dog, cat]), [
    [...textBody('<ann> '), cat],
    [dog],
    [...textBody('<ann> '), cat],
  ]);
});

test('forwarded messages and places may have to be alone, too', () => {
  const limits = { textBytes: 10_000, mediaAlone: ['forward', 'place'] as const };
  const sender = { id: '7', name: 'bob' };
  const forward: Segment = {
    type: 'forward',
    title: '聊天记录',
    messages: [{ sender, body: textBody('hi') }],
  };
  const place: Segment = { type: 'place', latitude: 39.9, longitude: 116.4, name: '胡同' };
  const there = target({ carries: ['forward', 'place'], limits });
  const parts = (body: Segment[]) => renderMessage(said(body), undefined, there).parts;
  assert.deepEqual(parts([forward]), [textBody('<ann> [聊天记录]'), [forward]]);
  assert.deepEqual(parts([...textBody('here: '), place]), [textBody('<ann> here: '), [place]]);
});

test('what is said right behind a picture that is shown as a link stays apart from it', () => {
  const cat: Segment = { type: 'image', url: 'https://h/cat.png', name: 'cat.png' };
  assert.deepEqual(texts(said([cat, ...textBody('看')])), ['<ann> [cat.png] https://h/cat.png 看']);
});
