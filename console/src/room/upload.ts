/** Pictures and other files that somebody pastes or drops: kept by the hub first, then said. */
import { call } from '../api/call.ts';
import type { WireSegment } from '../../../src/faces/rest/schemas/segment.ts';

interface Uploaded {
  type: 'image' | 'audio' | 'video' | 'file';
  url: string;
  name: string;
}

/** Answers the segment that shows the file. Rejects with a `CallError`. */
export async function upload(account: string, session: string, file: File): Promise<WireSegment> {
  const name = file.name === '' ? 'picture.png' : file.name;
  const {
    type,
    url,
    name: kept,
  } = await call<Uploaded>(`/in/${account}/media?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    body: file,
    headers: { authorization: `Bearer ${session}` },
    signal: AbortSignal.timeout(600_000),
  });
  return { type, url, name: kept };
}
