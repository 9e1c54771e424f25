/** Files that people in the browser bring: streamed into the media store, for whoever has joined. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { MediaError } from '../../hub/errors.ts';
import { toMediaType } from '../../hub/media.ts';
import type { AccountPort, Visit } from '../../hub/network.ts';

export interface UploadHost {
  readonly port: AccountPort;
  /** 0 where nothing is taken. */
  readonly uploadBytes: number;
  /** Whether somebody who joined has this secret. */
  isJoined(secret: string): boolean;
}

/** Answers `POST /in/ACCOUNT/media`; see docs/house-web.md. */
export async function takeUpload(
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
  host: UploadHost,
): Promise<void> {
  const refuse = (status: number, code: string, message: string) => {
    // What is still to come of the body is not read any more.
    response.setHeader('connection', 'close');
    answer(response, status, { code, message });
  };
  if (request.method !== 'POST') return refuse(405, 'failed', 'Files are sent by POST');
  const secret = /^Bearer ([A-Za-z0-9_-]+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (secret === undefined || !host.isJoined(secret)) {
    return refuse(401, 'not-joined', 'Only who has joined can upload');
  }
  const limitBytes = host.uploadBytes;
  if (limitBytes === 0) return refuse(404, 'not-allowed', 'Files are not taken here');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the upload was broken off')));
  try {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      throw new MediaError('media-too-large', `a file has at most ${limitBytes} bytes here`);
    }
    const name = visit.query.get('name');
    const stored = await host.port.media.save(request, {
      limitBytes,
      signal: gone.signal,
      ...(name !== null && name !== '' && { name }),
    });
    const { url, mime, sizeBytes } = stored;
    const link = host.port.media.resolve(url);
    answer(response, 201, { type: toMediaType(mime), url, link, name: stored.name, mime, sizeBytes });
  } catch (error) {
    if (!(error instanceof MediaError)) throw error;
    if (error.code === 'media-too-large') refuse(413, 'too-long', 'That file is too large');
    else {
      host.port.log.warn({ err: error }, 'an upload could not be kept');
      refuse(503, 'failed', 'That file could not be kept');
    }
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
