/**
 * The text of hutong.yaml as data, with the place of every setting kept: YAML 1.2, one document, no duplicate
 * keys, no tags of its own, UTF-8.
 */
import { open } from 'node:fs/promises';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { ConfigError } from '../hub/errors.ts';
import { createConfigError, type LocatedProblem, type Place, type SettingPath } from './problems.ts';
import { explainYaml } from './yaml-errors.ts';

/** A configuration is written by a person; what is larger is something else. */
const fileLimitBytes = 1024 * 1024;
/** What is read of it at once. */
const chunkBytes = 64 * 1024;
/** How often anchors may be repeated in all, against a "billion laughs" file. */
const aliasLimit = 1000;

export interface ConfigSource {
  /** The file's name as errors show it. */
  readonly file: string;
  /** What it says, as plain data; `${NAME}` is not replaced yet. */
  readonly data: unknown;
  /** Where a setting is written; of one that is not, the nearest one around it. */
  place(path: SettingPath, part: 'key' | 'value'): Place | undefined;
}

/** Reads a file as UTF-8 text. Rejects with a `ConfigError` that calls it `file` and says why it cannot be read. */
export async function readConfigText(path: string, file = path): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readBeginning(path, fileLimitBytes + 1);
  } catch (cause) {
    throw new ConfigError(`${file}: ${explainReadFailure(cause)}`, { cause, code: 'config-unreadable' });
  }
  if (bytes.length > fileLimitBytes) {
    throw createTooLarge(file);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError(`${file}: is not UTF-8 text; save it as UTF-8`, {
      cause,
      code: 'config-unreadable',
    });
  }
}

function createTooLarge(file: string): ConfigError {
  const message = `${file}: has more than the ${fileLimitBytes} bytes that a configuration may have`;
  return new ConfigError(message, { code: 'config-unreadable' });
}

/** Up to `limitBytes` of a file: one of any size, or without an end, takes no more memory than that. */
async function readBeginning(path: string, limitBytes: number): Promise<Buffer> {
  await using file = await open(path);
  const chunks: Buffer[] = [];
  for (let leftBytes = limitBytes; leftBytes > 0;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(leftBytes, chunkBytes)));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    leftBytes -= bytesRead;
  }
  return Buffer.concat(chunks);
}

function explainReadFailure(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'EISDIR') return 'is a folder';
  return `cannot be read (${String(code ?? cause)})`;
}

/** Parses the text of a file. Throws a `ConfigError` that tells all mistakes of its YAML, or that it is too large. */
export function parseConfigSource(file: string, text: string): ConfigSource {
  if (Buffer.byteLength(text) > fileLimitBytes) throw createTooLarge(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const problems = explainYaml(text, document).map(({ offset, message }): LocatedProblem => ({
    place: toPlace(lines, offset),
    path: [],
    message,
  }));
  if (problems.length > 0) throw createConfigError(file, problems);
  return {
    file,
    data: toData(file, document),
    place: (path, part) => findPlace(document, lines, path, part),
  };
}

function toData(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasLimit });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`${file}: not valid YAML: ${message}`, { cause });
  }
}

function findPlace(
  document: Document,
  lines: LineCounter,
  path: SettingPath,
  part: 'key' | 'value',
): Place | undefined {
  let node: unknown = document.contents;
  let start = startOf(node);
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
      if (!pair) break;
      node = pair.value;
      const last = index === path.length - 1;
      start = (last && part === 'value' ? startOf(node) : undefined) ?? startOf(pair.key) ?? start;
    } else if (isSeq(node) && typeof step === 'number' && node.items[step] !== undefined) {
      node = node.items[step];
      start = startOf(node) ?? start;
    } else break;
  }
  return start === undefined ? undefined : toPlace(lines, start);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

function toPlace(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
