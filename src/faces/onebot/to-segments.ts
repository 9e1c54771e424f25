/** A body of the hub as OneBot's segments. */
import type { MediaStore } from '../../hub/media.ts';
import type { Segment } from '../../hub/message.ts';
import type { KnownSegment } from '../../wire/onebot11/segments.ts';

export interface SegmentsHost {
  media: Pick<MediaStore, 'resolve' | 'idOf'>;
  /** The number of who is mentioned, by the network's id. */
  mentioned(user: string, name: string): Promise<number>;
  /** The id by which the messages of the forward at this place in the body are fetched. */
  forwardId(index: number): string;
}

export async function toSegments(body: readonly Segment[], host: SegmentsHost): Promise<KnownSegment[]> {
  const segments: KnownSegment[] = [];
  for (const [index, segment] of body.entries()) segments.push(await toSegment(segment, index, host));
  return segments;
}

async function toSegment(segment: Segment, index: number, host: SegmentsHost): Promise<KnownSegment> {
  switch (segment.type) {
    case 'text':
      return { type: 'text', data: { text: segment.text } };
    case 'mention': {
      const { user, name } = segment;
      const qq = user === 'all' ? 'all' : String(await host.mentioned(user, name));
      return { type: 'at', data: { qq, name } };
    }
    case 'image':
    case 'audio':
    case 'video':
    case 'file': {
      const type = segment.type === 'audio' ? 'record' : segment.type;
      const { name, sizeBytes, alt } = segment;
      const data = {
        ...toFile(segment.url, host),
        ...(name !== undefined && { name }),
        ...(sizeBytes !== undefined && { file_size: String(sizeBytes) }),
        ...(type === 'image' && alt !== undefined && { summary: alt }),
      };
      return { type, data };
    }
    case 'emoji':
      // A sticker has a picture, and what it says is the picture's summary.
      return segment.url === undefined
        ? { type: 'text', data: { text: segment.text } }
        : { type: 'image', data: { ...toFile(segment.url, host), summary: segment.text, sub_type: '1' } };
    case 'forward':
      return { type: 'forward', data: { id: host.forwardId(index) } };
    case 'place': {
      const { latitude, longitude, name } = segment;
      return {
        type: 'location',
        data: { lat: String(latitude), lon: String(longitude), ...(name !== undefined && { title: name }) },
      };
    }
    case 'card': {
      const { title, text, url } = segment;
      if (url === undefined) {
        return { type: 'text', data: { text: text === undefined ? title : `${title}\n${text}` } };
      }
      return { type: 'share', data: { url, title, ...(text !== undefined && { content: text }) } };
    }
  }
}

/** A kept file is named by its id, by which it can be asked for and sent again. */
function toFile(url: string, { media }: SegmentsHost): { file: string; url: string } {
  return { file: media.idOf(url) ?? url, url: media.resolve(url) };
}
