/**
 * The secrets that stand in the text of a configuration: hidden in what is shown, and put back where what was shown
 * comes back changed. A `${NAME}` is no secret, only what it stands for is.
 */
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { secretMask } from '../hub/configuration.ts';
import type { NetworkKind } from '../hub/network.ts';
import { valueAt } from './check.ts';
import { isReference } from './environment.ts';
import type { SettingPath } from './problems.ts';
import { settingMeta } from './schema-walk.ts';
import { looksSecret } from './secrecy.ts';
import { isMapping, toInlineYaml } from './yaml-text.ts';

/** A value that must not be shown. */
export interface WrittenSecret {
  path: SettingPath;
  value: unknown;
}

/** Every secret of a file's data that is written out in it. */
export function findWrittenSecrets(data: unknown, kinds: readonly NetworkKind<unknown>[]): WrittenSecret[] {
  return findSecretsIn(data, [], data, kinds);
}

/** The secrets of one setting; `data` tells of which kind an account is. */
export function findSecretsIn(
  value: unknown,
  base: SettingPath,
  data: unknown,
  kinds: readonly NetworkKind<unknown>[],
): WrittenSecret[] {
  return collect(value, base, false);

  function collect(here: unknown, path: SettingPath, within: boolean): WrittenSecret[] {
    const secret = within || isDeclared(path) || looksSecret(path, here);
    if (Array.isArray(here)) return here.flatMap((item, index) => collect(item, [...path, index], secret));
    if (isMapping(here)) {
      return Object.entries(here).flatMap(([key, item]) => collect(item, [...path, key], secret));
    }
    const shown = !secret || here === null || here === '' || (typeof here === 'string' && isReference(here));
    return shown ? [] : [{ path, value: here }];
  }

  function isDeclared(path: SettingPath): boolean {
    const [top, account, ...setting] = path;
    if (top !== 'accounts' || account === undefined || setting.length === 0) return false;
    const network = valueAt(data, ['accounts', account, 'network']);
    const kind = kinds.find((each) => each.kind === network);
    return kind !== undefined && settingMeta(kind.config, setting) === 'secret';
  }
}

/** The data with its secrets masked. */
export function maskData(data: unknown, secrets: readonly WrittenSecret[]): unknown {
  return withValues(data, [], new Map(secrets.map(({ path }) => [path.join('\0'), secretMask])));
}

/** The data with what is masked taken from `before`; `missing` are the places at which there is nothing to take. */
export function unmaskData(
  data: unknown,
  base: SettingPath,
  before: unknown,
): { data: unknown; missing: SettingPath[] } {
  const values = new Map<string, unknown>();
  const missing: SettingPath[] = [];
  for (const path of findMasks(data, base)) {
    const value = valueAt(before, path);
    if (value === undefined) missing.push(path);
    else values.set(path.join('\0'), value);
  }
  return { data: withValues(data, base, values), missing };
}

function withValues(value: unknown, path: SettingPath, values: ReadonlyMap<string, unknown>): unknown {
  const key = path.join('\0');
  if (values.has(key)) return values.get(key);
  if (Array.isArray(value)) return value.map((item, index) => withValues(item, [...path, index], values));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withValues(item, [...path, name], values)]),
  );
}

function findMasks(value: unknown, path: SettingPath): SettingPath[] {
  if (value === secretMask) return [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => findMasks(item, [...path, index]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => findMasks(item, [...path, key]));
}

/** The text with its secrets masked; undefined where they are written in a way that cannot be. */
export function maskText(text: string, secrets: readonly WrittenSecret[]): string | undefined {
  const document = parseYaml(text);
  const mask = toInlineYaml(secretMask);
  const cuts = secrets.map(({ path }) => ({ source: findSource(text, document, path), value: mask }));
  const masked = splice(text, cuts);
  if (masked === undefined) return undefined;
  const after: unknown = parseYaml(masked).toJS({ maxAliasCount: -1 });
  return secrets.every(({ path }) => valueAt(after, path) === secretMask) ? masked : undefined;
}

/** The text with what is masked as it stands in `before`; `missing` are the places where nothing does. */
export function unmaskText(text: string, before: string): { text: string; missing: SettingPath[] } {
  const document = parseYaml(text);
  const old = parseYaml(before);
  const missing: SettingPath[] = [];
  const cuts = findMasks(document.toJS({ maxAliasCount: -1 }), []).flatMap((path) => {
    const from = findSource(before, old, path);
    const source = findSource(text, document, path);
    if (from && source) return { source, value: from.text };
    missing.push(path);
    return [];
  });
  return { text: splice(text, cuts) ?? text, missing };
}

interface Source {
  start: number;
  end: number;
  /** As it can stand in a line. */
  text: string;
}

function parseYaml(text: string): Document {
  return parseDocument(text, { merge: true, prettyErrors: false });
}

/** Where a scalar is written, aliases and merges followed. */
function findSource(text: string, document: Document, path: SettingPath): Source | undefined {
  let node: unknown = document.contents;
  for (const step of path) node = childOf(document, follow(document, node), step);
  node = follow(document, node);
  if (!isScalar(node) || !node.range) return undefined;
  const [start, end] = node.range;
  const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
  if (isBlock) return { start, end: end - 1, text: toInlineYaml(node.value) };
  return { start, end, text: text.slice(start, end) };
}

function follow(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function childOf(document: Document, node: unknown, step: string | number): unknown {
  if (isSeq(node)) return typeof step === 'number' ? node.items[step] : undefined;
  if (!isMap(node)) return undefined;
  const own = node.items.find(({ key }) => keyOf(key) === String(step));
  if (own) return own.value;
  for (const { value } of node.items.filter(({ key }) => keyOf(key) === '<<')) {
    const merged = follow(document, value);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const found = childOf(document, follow(document, source), step);
      if (isNode(found)) return found;
    }
  }
  return undefined;
}

function keyOf(key: unknown): string {
  return String(isScalar(key) ? (key.source ?? key.value) : key);
}

function splice(
  text: string,
  cuts: readonly { source: Source | undefined; value: string }[],
): string | undefined {
  let result = text;
  // From the end, so that no offset goes stale; what two aliases share is cut once.
  const inOrder = new Map<number, { end: number; value: string }>();
  for (const { source, value } of cuts) {
    if (!source) return undefined;
    inOrder.set(source.start, { end: source.end, value });
  }
  for (const [start, { end, value }] of [...inOrder].toSorted(([a], [b]) => b - a)) {
    result = result.slice(0, start) + value + result.slice(end);
  }
  return result;
}
