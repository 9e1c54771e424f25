/**
 * Segments: what a message is made of, as an array. The known ones have their data typed, what an implementation adds
 * is kept as `unknown`. Reading never throws for one odd segment: the rest of the message still counts.
 *
 * @see https://github.com/botuniverse/onebot-11/blob/master/message/segment.md
 */
import { z } from 'zod';
import { scalar } from './values.ts';

const optional = scalar.optional();
/** A picture, sound or film: `file` is a name or address, `url` opens it where it was received. */
const media = z.object({
  file: optional,
  url: optional,
  name: optional,
  file_id: optional,
  file_size: optional,
  path: optional,
  type: optional,
  sub_type: optional,
  summary: optional,
  cache: optional,
  proxy: optional,
  timeout: optional,
  magic: optional,
  thumb: optional,
});

/** The data of each known type. Behind the last comment: not of the specification, but of most implementations. */
const DATA = {
  text: z.object({ text: scalar }),
  face: z.object({ id: scalar }),
  image: media,
  record: media,
  video: media,
  at: z.object({ qq: scalar, name: optional }),
  rps: z.object({ result: optional }),
  dice: z.object({ result: optional }),
  shake: z.object({}),
  poke: z.object({ type: optional, id: optional, name: optional, qq: optional }),
  anonymous: z.object({ ignore: optional }),
  share: z.object({ url: scalar, title: optional, content: optional, image: optional }),
  contact: z.object({ type: scalar, id: scalar }),
  location: z.object({ lat: scalar, lon: scalar, title: optional, content: optional }),
  music: z.object({
    type: scalar,
    id: optional,
    url: optional,
    audio: optional,
    title: optional,
    content: optional,
    image: optional,
  }),
  reply: z.object({ id: scalar }),
  /** `content`: the messages themselves, which some implementations send along; see `parseForwarded`. */
  forward: z.object({ id: optional, content: z.unknown().optional() }),
  /** One message of a merged forward, by its id or made up; `content` is a message in any form. */
  node: z.object({
    id: optional,
    user_id: optional,
    uin: optional,
    nickname: optional,
    name: optional,
    time: optional,
    content: z.unknown().optional(),
  }),
  xml: z.object({ data: scalar }),
  json: z.object({ data: z.unknown() }),
  // Not of the specification, but of most implementations.
  file: media,
  mface: z.object({
    url: optional,
    summary: optional,
    emoji_id: optional,
    emoji_package_id: optional,
    key: optional,
  }),
  markdown: z.object({ content: scalar }),
} as const;

type Data = typeof DATA;
type KnownType = keyof Data;

/** A segment of a known type. */
export type KnownSegment = { [Type in KnownType]: { type: Type; data: z.output<Data[Type]> } }[KnownType];

/** A segment that is not known, or whose data is not what its type has. */
export interface UnknownSegment {
  type: 'unknown';
  name: string;
  data: Record<string, unknown>;
}

export type Segment = KnownSegment | UnknownSegment;

/** A segment as it stands in JSON. */
export interface WireSegment {
  type: string;
  data: Record<string, unknown>;
}

const wireSegment = z.object({
  type: z.string().min(1),
  data: z.record(z.string(), z.unknown()).nullish(),
});

/** @throws ZodError where it is no segment at all */
export function parseSegment(value: unknown): Segment {
  const { type, data } = wireSegment.parse(value);
  const given = Object.fromEntries(
    Object.entries(data ?? {}).filter(([, entry]) => entry !== null && entry !== undefined),
  );
  const read = isKnown(type) ? DATA[type].safeParse(given) : undefined;
  if (read?.success !== true) return { type: 'unknown', name: type, data: given };
  return { type, data: read.data } as KnownSegment;
}

/** A segment as it goes into JSON; what is `undefined` is left out there by JSON itself. */
export function toWireSegment(segment: Segment): WireSegment {
  return segment.type === 'unknown'
    ? { type: segment.name, data: segment.data }
    : { type: segment.type, data: segment.data };
}

function isKnown(type: string): type is KnownType {
  return Object.hasOwn(DATA, type);
}
