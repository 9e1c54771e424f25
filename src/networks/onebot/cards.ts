/** Cards, as applications put them into QQ: JSON or XML of many makes, of which the readable part is taken. */
import { z } from 'zod';
import type { CardSegment, PlaceSegment } from '../../hub/message.ts';

/** A longer card is shown as such only. */
const CARD_LIMIT_CHARACTERS = 100_000;
const TEXT_LIMIT_CHARACTERS = 500;

const text = z.string().optional().catch(undefined);
const detail = z.looseObject({
  title: text,
  desc: text,
  name: text,
  address: text,
  lat: z.coerce.number().optional().catch(undefined),
  lng: z.coerce.number().optional().catch(undefined),
  jumpUrl: text,
  qqdocurl: text,
  musicUrl: text,
  url: text,
});
const card = z.looseObject({
  app: text,
  prompt: text,
  desc: text,
  meta: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

/** What a `json` segment says. */
export function readJsonCard(data: unknown): CardSegment | PlaceSegment {
  const read = card.safeParse(toObject(data));
  if (!read.success) return { type: 'card', title: '[card]' };
  const { prompt, desc, meta, app } = read.data;
  const first = detail.safeParse(Object.values(meta ?? {})[0]);
  const about = first.success ? first.data : undefined;
  const { lat, lng } = about ?? {};
  if (app === 'com.tencent.map' && lat !== undefined && lng !== undefined) {
    const name = about?.name ?? about?.address;
    return { type: 'place', latitude: lat, longitude: lng, ...(name !== undefined && { name }) };
  }
  return toCard(
    about?.title || prompt || desc || '[card]',
    about?.desc || (about?.title ? '' : desc),
    about?.qqdocurl ?? about?.jumpUrl ?? about?.musicUrl ?? about?.url,
  );
}

/** What an `xml` segment says. */
export function readXmlCard(xml: string): CardSegment {
  const head = xml.slice(0, CARD_LIMIT_CHARACTERS);
  const attribute = (name: string) => {
    const value = new RegExp(`\\b${name}="([^"]*)"`).exec(head)?.[1];
    return value === undefined ? undefined : unescapeXml(value);
  };
  const element = (name: string) => {
    const value = new RegExp(`<${name}[^<>]*>([^<]*)</${name}>`).exec(head)?.[1];
    return value === undefined ? undefined : unescapeXml(value).trim();
  };
  return toCard(element('title') || attribute('brief') || '[card]', element('summary'), attribute('url'));
}

/** A card; only web addresses are links. */
export function toCard(title: string, words: string | undefined, url: string | undefined): CardSegment {
  const address = url === undefined ? null : URL.parse(/^[a-z]+:/i.test(url) ? url : `https://${url}`);
  const isWeb = address?.protocol === 'https:' || address?.protocol === 'http:';
  return {
    type: 'card',
    title: title.slice(0, TEXT_LIMIT_CHARACTERS),
    ...(words && { text: words.slice(0, TEXT_LIMIT_CHARACTERS) }),
    ...(isWeb && { url: address.href }),
  };
}

function toObject(data: unknown): unknown {
  if (typeof data !== 'string') return data;
  if (data.length > CARD_LIMIT_CHARACTERS) return undefined;
  try {
    return JSON.parse(data);
  } catch {
    // No card that could be read; it is shown as one that says nothing.
    return undefined;
  }
}

function unescapeXml(value: string): string {
  return value
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}
