/**
 * Reads a stream of server-sent events from a response. Not the browser's EventSource: that hides why a stream was
 * refused (a session that ended looks like a broken network), and cannot be told where to begin.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

export interface SentEvent {
  /** `place`: nothing happened, but the stream has come as far as `id`. */
  event: string;
  data: string;
  /** The stream's last id, empty before the first. */
  id: string;
}

/** Calls `onEvent` for each event, and `onAlive` for each piece that arrives, until the stream ends. */
export async function readSentEvents(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: SentEvent) => void,
  onAlive: () => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parse = createSentEventParser(onEvent);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onAlive();
    parse(decoder.decode(value, { stream: true }));
  }
}

/** Takes the stream's text in pieces, cut anywhere. */
function createSentEventParser(onEvent: (event: SentEvent) => void): (piece: string) => void {
  let rest = '';
  let event = '';
  let id = '';
  let moved = false;
  let data: string[] = [];

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ event: event === '' ? 'message' : event, data: data.join('\n'), id });
      else if (moved) onEvent({ event: 'place', data: '', id });
      event = '';
      data = [];
      moved = false;
      return;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') {
      id = value;
      moved = true;
    }
  }

  return (piece) => {
    rest += piece;
    for (;;) {
      const end = rest.search(/[\r\n]/);
      // A CR at the very end may be the half of a CRLF.
      if (end === -1 || (rest[end] === '\r' && end === rest.length - 1)) return;
      const line = rest.slice(0, end);
      rest = rest.slice(rest.startsWith('\r\n', end) ? end + 2 : end + 1);
      takeLine(line);
    }
  };
}
