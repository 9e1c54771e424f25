/**
 * A message's body on the page. Foreign text is put into text nodes only, an address becomes a link only when it is a
 * web address, and a picture is loaded only from this server: others are links, so that nobody learns who reads.
 */
import type { ComponentChildren } from 'preact';
import type { WireSegment } from '../../../src/faces/rest/schemas/segment.ts';
import { toOwnPath, toParts, toWebAddress } from './addresses.ts';
import { formatBytes } from '../i18n/format.ts';
import { words } from '../i18n/words.ts';

type Marks = NonNullable<Extract<WireSegment, { type: 'text' }>['marks']>;

export function Body({ body }: { body: readonly WireSegment[] }) {
  return (
    <>
      {body.map((segment, index) => (
        <SegmentView key={index} segment={segment} />
      ))}
    </>
  );
}

function SegmentView({ segment }: { segment: WireSegment }) {
  switch (segment.type) {
    case 'text':
      return (
        <Marked marks={segment.marks ?? []}>
          <Linked text={segment.text} />
        </Marked>
      );
    case 'mention':
      return <span class="mention">@{segment.name}</span>;
    case 'emoji':
      return <span>{segment.text}</span>;
    case 'image':
      return <Picture url={segment.url} alt={segment.alt ?? segment.name ?? words().conversation.picture} />;
    case 'audio':
    case 'video':
    case 'file':
      return (
        <Foreign url={segment.url}>
          {segment.name ?? words().conversation.media[segment.type]}
          {segment.sizeBytes === undefined ? '' : ` (${formatBytes(segment.sizeBytes)})`}
        </Foreign>
      );
    case 'place':
      return (
        <span>
          {segment.name ?? words().conversation.place}: {segment.latitude}, {segment.longitude}
        </span>
      );
    case 'card':
      return (
        <span class="quoted">
          {segment.url === undefined ? segment.title : <Foreign url={segment.url}>{segment.title}</Foreign>}
          {segment.text !== undefined && <span class="soft"> {segment.text}</span>}
        </span>
      );
    case 'forward':
      return (
        <div class="quoted">
          {segment.title !== undefined && <p class="soft">{segment.title}</p>}
          {segment.messages.map((message, index) => (
            <p key={index}>
              <strong>{message.sender.name}</strong> <Body body={message.body} />
            </p>
          ))}
        </div>
      );
  }
}

function Linked({ text }: { text: string }) {
  return (
    <>
      {toParts(text).map((part, index) =>
        'text' in part ? (
          part.text
        ) : (
          <Foreign key={index} url={part.address}>
            {part.address}
          </Foreign>
        ),
      )}
    </>
  );
}

function Marked({ marks, children }: { marks: Marks; children: ComponentChildren }) {
  let node = <>{children}</>;
  for (const mark of marks) {
    if (mark === 'bold') node = <strong>{node}</strong>;
    else if (mark === 'italic') node = <em>{node}</em>;
    else if (mark === 'strike') node = <s>{node}</s>;
    else if (mark === 'code') node = <code>{node}</code>;
    else if (mark === 'preformatted') node = <pre>{node}</pre>;
    else node = <span class="quoted">{node}</span>;
  }
  return node;
}

function Picture({ url, alt }: { url: string; alt: string }) {
  const own = toOwnPath(url, location.href);
  if (own === undefined) return <Foreign url={url}>{alt}</Foreign>;
  return (
    <a class="picture" href={own} target="_blank" rel="noopener">
      <img src={own} alt={alt} loading="lazy" decoding="async" />
    </a>
  );
}

function Foreign({ url, children }: { url: string; children: ComponentChildren }) {
  const href = toWebAddress(url, location.href);
  if (href === undefined) {
    return (
      <span>
        {children} <span class="soft">{url}</span>
      </span>
    );
  }
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
