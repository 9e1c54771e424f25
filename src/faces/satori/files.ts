/** Files of bots on their way in, by forms, and files of messages on their way out. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MediaStore } from '../../hub/media.ts';
import { readForm, toBoundary } from '../../wire/satori/multipart.ts';
import { Failure } from './failure.ts';

/**
 * Keeps the files of a form. Resolves with their links by the names of their fields; of several of one name the later ones
 * are numbered. Rejects with a `Failure`, a `SatoriError` or a `MediaError`.
 */
export async function takeUpload(
  { raw }: FastifyRequest,
  media: Pick<MediaStore, 'save' | 'resolve'>,
): Promise<Record<string, string>> {
  const boundary = toBoundary(raw.headers['content-type'] ?? '');
  if (boundary === undefined) throw new Failure(400, 'expected a form: multipart/form-data');
  const links: Record<string, string> = {};
  for await (const { name, fileName, content } of readForm(raw, boundary)) {
    const { url } = await media.save(content, fileName === undefined ? {} : { name: fileName });
    let key = name;
    for (let count = 2; key in links; count += 1) key = `${name}-${count}`;
    links[key] = media.resolve(url);
  }
  return links;
}

/**
 * Shows the file behind an address: one that the hub keeps to whoever has its link, any other only to who may come in,
 * and only by way of the media store, which reaches no private addresses. Rejects with a `Failure` or a `MediaError`.
 */
export async function showFile(
  address: string,
  reply: FastifyReply,
  media: MediaStore,
  requireCaller: () => Promise<unknown>,
): Promise<unknown> {
  if (!/^(?:https?|media):/i.test(address) || !URL.canParse(address)) {
    throw new Failure(400, 'that is no address of a file');
  }
  const known = media.idOf(address);
  if (known === undefined) await requireCaller();
  const id = known ?? (await media.fetch(address)).id;
  const opened = await media.open(id);
  if (!opened) throw new Failure(404, 'there is no such file, or it is no longer kept');
  const { info, stream } = opened;
  return (
    reply
      .header('content-type', info.mime)
      .header('content-length', info.sizeBytes)
      // What it holds is foreign, and comes from the console's own origin.
      .header('content-security-policy', "sandbox; default-src 'none'")
      .header('content-disposition', 'attachment')
      .header('x-content-type-options', 'nosniff')
      .header('cross-origin-resource-policy', 'cross-origin')
      .send(stream instanceof Readable ? stream : Readable.from(stream))
  );
}
