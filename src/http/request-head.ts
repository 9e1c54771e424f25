/** What is wrong with a request's head that Node's parser lets pass. */
import type { IncomingMessage } from 'node:http';

/** A request line and its headers together. The parser counts names and values only, not what is between them. */
export const headLimitBytes = 64 * 1024;
/** `: ` and a line's end. */
const betweenBytes = 4;

export interface BadHead {
  status: number;
  explanation: string;
}

/**
 * Why a request is refused before anybody looks at it, and its connection closed; undefined when it is not. A request
 * whose end another server might see elsewhere must not leave anything behind on the connection.
 *
 * @see RFC 9112 sections 3.2 (Host) and 6.3 (Transfer-Encoding)
 */
export function judgeHead(request: IncomingMessage): BadHead | undefined {
  const { rawHeaders, httpVersion, headers, url = '' } = request;
  let hosts = 0;
  let bytes = url.length;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    bytes += name.length + rawHeaders[at + 1]!.length + betweenBytes;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (bytes > headLimitBytes) {
    return { status: 431, explanation: `A request line and its headers have ${headLimitBytes} bytes.` };
  }
  if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) {
    return { status: 400, explanation: 'A request has one Host header.' };
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && !/(?:^|,)\s*chunked\s*$/i.test(coding)) {
    return { status: 400, explanation: 'A body’s last transfer coding is "chunked".' };
  }
  return undefined;
}
