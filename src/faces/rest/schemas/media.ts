/** Uploaded and fetched files in JSON. */
import { z } from 'zod';

const urlLimit = 8192;

export const storedMediaSchema = z
  .object({
    url: z.string().describe('`media:ID/NAME`: the `url` of an image, audio, video or file segment.'),
    link: z.string().describe('An address that opens it in a browser.'),
    type: z.enum(['image', 'audio', 'video', 'file']).describe('The segment that shows it best.'),
    name: z.string(),
    mime: z.string().describe('By its bytes, not by what was said of it.'),
    sizeBytes: z.int(),
    sha256: z.string().describe('Hexadecimal.'),
  })
  .meta({ id: 'StoredMedia' });

export const mediaFetchSchema = z
  .object({
    url: z.string().min(1).max(urlLimit).describe('`http:` or `https:`; private addresses are refused.'),
    name: z.string().max(255).exactOptional(),
  })
  .meta({ id: 'MediaFetch' });

export type WireStoredMedia = z.infer<typeof storedMediaSchema>;
