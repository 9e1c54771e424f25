/**
 * Reads `multipart/form-data` part by part as it comes in, never a whole one in memory.
 *
 * @see RFC 7578, RFC 2046 section 5.1.1
 */
import { SatoriError } from './errors.ts';

const headerLimitBytes = 16 * 1024;
const partsLimit = 100;

export interface FormPart {
  name: string;
  fileName: string | undefined;
  /** To be read to its end before the next part is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/** The boundary that a content type names; undefined where it is no form. */
export function toBoundary(contentType: string): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ??
    [];
  return quoted ?? plain;
}

/** @throws SatoriError `satori-malformed`, also while a part is read */
export async function* readForm(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<FormPart, void, undefined> {
  const source = new Source(body);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  for await (const _ of source.until(delimiter)) {
    // What is before the first part says nothing.
  }
  for (let count = 0; count < partsLimit; count += 1) {
    const line = await source.line();
    if (line.startsWith('--')) return;
    const headers = await source.headers();
    const disposition = headers.find((header) => /^content-disposition:/i.test(header)) ?? '';
    const name = toParameter(disposition, 'name');
    if (name === undefined) throw malformed('a part of the form has no name');
    yield { name, fileName: toParameter(disposition, 'filename'), content: source.until(delimiter) };
  }
  throw malformed(`a form has at most ${partsLimit} parts`);
}

/** @see RFC 7578 section 4.2: browsers write UTF-8, and `%22` for a quote */
function toParameter(header: string, name: string): string | undefined {
  const value = new RegExp(`;\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(header)?.[1];
  const plain = value ?? new RegExp(`;\\s*${name}=([^\\s;"]+)`, 'i').exec(header)?.[1];
  return plain?.replace(/\\(.)/g, '$1').replaceAll('%22', '"');
}

class Source {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** The first delimiter may be without a line before it. */
  #buffer: Buffer = Buffer.from('\r\n');

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#pieces = body[Symbol.asyncIterator]();
  }

  /** What is before the delimiter, which is passed over. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const at = this.#buffer.indexOf(delimiter);
      const safe = at >= 0 ? at : Math.max(0, this.#buffer.length - delimiter.length + 1);
      const piece = this.#buffer.subarray(0, safe);
      this.#buffer = this.#buffer.subarray(at >= 0 ? at + delimiter.length : safe);
      if (piece.length > 0) yield piece;
      if (at >= 0) return;
      await this.#more();
    }
  }

  async line(): Promise<string> {
    for (;;) {
      // The last delimiter may be the end of everything.
      if (this.#buffer.subarray(0, 2).toString('latin1') === '--') return '--';
      const at = this.#buffer.indexOf('\r\n');
      if (at >= 0) {
        const line = this.#buffer.subarray(0, at).toString();
        this.#buffer = this.#buffer.subarray(at + 2);
        return line;
      }
      if (this.#buffer.length > headerLimitBytes) throw malformed('a header of the form is too long');
      await this.#more();
    }
  }

  async headers(): Promise<string[]> {
    const headers: string[] = [];
    for (let bytes = 0; bytes <= headerLimitBytes;) {
      const line = await this.line();
      if (line === '') return headers;
      if (line === '--') break;
      bytes += line.length;
      headers.push(line);
    }
    throw malformed('the headers of a part cannot be read');
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    if (done) throw malformed('the form breaks off');
    this.#buffer = this.#buffer.length === 0 ? Buffer.from(value) : Buffer.concat([this.#buffer, value]);
  }
}

function malformed(message: string): SatoriError {
  return new SatoriError('satori-malformed', message);
}
