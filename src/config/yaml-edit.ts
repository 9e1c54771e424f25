/**
 * Edits the text of a YAML file as somebody with an editor would: only what changes is touched, comments, blank lines,
 * quotes, anchors and line ends stay. The parser tells where things stand; the text is cut and filled in there. Every
 * edit is proved by reading its result again: what would mean anything else than what was asked for is refused.
 */
import { isDeepStrictEqual } from 'node:util';
import { isCollection, isMap, isPair, isSeq, parseDocument } from 'yaml';
import type { Document, Node, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { valueAt } from './check.ts';
import type { SettingPath } from './problems.ts';
import { columnOf, endOf, findAlias, lineEnd, lineStart, nodeAt, pairOf, startOf } from './yaml-place.ts';
import {
  isMapping,
  lineColumns,
  toBlockYaml,
  toInlineYaml,
  toItemLines,
  toPairLines,
  toYamlKey,
} from './yaml-text.ts';

/** The file is written in a way in which a program cannot make the edit. */
export class YamlEditError extends Error {
  override readonly name = 'YamlEditError';
  /** Of the setting. */
  readonly path: SettingPath;
  constructor(path: SettingPath, message: string) {
    super(message);
    this.path = path;
  }
}

/** The text with the setting at `path` as given; `undefined` takes it away. Throws a `YamlEditError`. */
export function editYaml(text: string, path: SettingPath, value: unknown): string {
  const original = parse(text);
  const before = toData(original);
  const windows = /^[^\n]*\r\n/.test(text);
  let edited: string;
  try {
    // Reading is what an edit costs, some 10 ms for 20 KB in which nothing else happens: no more often than it must be.
    edited = windows ? set(text.replaceAll('\r\n', '\n'), path, value) : set(text, path, value, original);
    const document = parse(edited);
    const proved =
      document.errors.length === 0 && isDeepStrictEqual(toData(document), withValue(before, path, value));
    if (!proved) throw new Error('it would change something else');
  } catch (cause) {
    if (cause instanceof YamlEditError) throw cause;
    throw new YamlEditError(
      path,
      'is written in a way that only a person can change (anchors, merges, unusual forms): edit the file by hand',
    );
  }
  return windows ? edited.replaceAll('\n', '\r\n') : edited;
}

/** The data with one value in it changed, everything else the same; what leads there is made. */
export function withValue(root: unknown, path: SettingPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (Array.isArray(root)) {
    const at = Number(step);
    const item = withValue(root[at], rest, value);
    return item === undefined ? root.toSpliced(at, 1) : root.toSpliced(at, 1, item);
  }
  if (typeof step === 'number' && !isMapping(root)) return [withValue(undefined, rest, value)];
  const mapping = isMapping(root) ? root : {};
  const item = withValue(mapping[step], rest, value);
  if (item !== undefined) return { ...mapping, [step]: item };
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => key !== String(step)));
}

function parse(text: string): Document {
  return parseDocument(text, { merge: true, prettyErrors: false });
}

function toData(document: Document): unknown {
  return document.toJS({ maxAliasCount: -1 });
}

/** One edit after the other, each on the text that the one before made: a file is small, and no offset goes stale. */
function set(text: string, path: SettingPath, value: unknown, document = parse(text)): string {
  const before = valueAt(toData(document), path);
  if (isDeepStrictEqual(before, value)) return text;
  const alias = findAlias(document, path);
  if (alias) {
    const spelledOut = replace(text, alias, toInlineYaml(alias.toJS(document)));
    return set(spelledOut, path, value);
  }
  if (value === undefined) return remove(text, document, path);
  if (isMapping(before) && isMapping(value)) return setMapping(text, path, before, value);
  if (Array.isArray(before) && Array.isArray(value)) return setList(text, path, before, value);
  const node = nodeAt(document, path);
  if (node) return replace(text, node, toInlineYaml(value));
  return add(text, document, path, value);
}

function setMapping(
  text: string,
  path: SettingPath,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string {
  let edited = text;
  // New ones first: a mapping that is never empty keeps its form.
  for (const [key, item] of Object.entries(after)) {
    if (!isDeepStrictEqual(before[key], item)) edited = set(edited, [...path, key], item);
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) edited = set(edited, [...path, key], undefined);
  }
  return edited;
}

function setList(
  text: string,
  path: SettingPath,
  before: readonly unknown[],
  after: readonly unknown[],
): string {
  let edited = text;
  let now = before;
  while (now.length > after.length) {
    const items = now;
    const differs = items.findIndex((item, index) => !isDeepStrictEqual(item, after[index]));
    edited = set(edited, [...path, differs], undefined);
    now = items.toSpliced(differs, 1);
  }
  for (const [index, item] of after.entries()) {
    if (!isDeepStrictEqual(now[index], item)) edited = set(edited, [...path, index], item);
  }
  return edited;
}

/** Puts a text of one line in place of what a node says. An anchor in front of it stays. */
function replace(text: string, node: Node, value: string): string {
  const [start] = node.range!;
  const end = endOf(node);
  return text.slice(0, start) + value + text.slice(end);
}

function remove(text: string, document: Document, path: SettingPath): string {
  const parentPath = path.slice(0, -1);
  const step = path.at(-1)!;
  const parent = nodeAt(document, parentPath);
  if (!isCollection(parent)) throw new Error('nothing is written there');
  const items: readonly unknown[] = parent.items;
  const item = isMap(parent) ? pairOf(parent, step) : items[Number(step)];
  // A key that a merge brought is nowhere in the mapping itself.
  if (item === undefined) throw new Error('it is written elsewhere');
  const index = items.indexOf(item);
  if (items.length === 1) return empty(text, document, parentPath, parent);
  const start = startOf(item);
  const end = endOf(item);
  if (parent.flow) {
    if (index < items.length - 1) return text.slice(0, start) + text.slice(startOf(items[index + 1]));
    const before = items[index - 1];
    const beforeEnd = endOf(before);
    // In a list of several lines a comment may stand between the two; the comma before it may stay.
    if (!text.slice(beforeEnd, start).includes('\n')) return text.slice(0, beforeEnd) + text.slice(end);
    return text.slice(0, start) + text.slice(end).replace(/^\s*,[ \t]*/, '');
  }
  const lead = text.slice(lineStart(text, start), start);
  const isFirstInLine = isMap(parent) ? lead.trim() === '' : lead.trim() === '-';
  if (isFirstInLine) {
    return text.slice(0, lineStart(text, start)) + text.slice(Math.min(lineEnd(text, end) + 1, text.length));
  }
  // The first key behind a dash: the next one takes its place.
  if (index !== 0) throw new Error('an unusual form');
  return text.slice(0, start) + text.slice(startOf(items[1]));
}

/** Leaves `[]` or `{}` of a collection whose last item goes. */
function empty(text: string, document: Document, path: SettingPath, collection: YAMLMap | YAMLSeq): string {
  const nothing = isMap(collection) ? '{}' : '[]';
  const [start] = collection.range!;
  const end = endOf(collection);
  if (collection.flow) return text.slice(0, start) + nothing + text.slice(end);
  const parent = nodeAt(document, path.slice(0, -1));
  const pair = isMap(parent) ? pairOf(parent, path.at(-1) ?? '') : undefined;
  // What is behind the item's last line was said of the item.
  const rest = text.slice(lineEnd(text, end));
  if (pair) {
    const colon = text.indexOf(':', endOf(pair.key)) + 1;
    if (text.slice(colon, start).trim() === '') return `${text.slice(0, colon)} ${nothing}${rest}`;
  }
  const margin = columnOf(text, start) === 0 && path.length > 0 ? '  ' : '';
  return text.slice(0, start) + margin + nothing + rest;
}

function add(text: string, document: Document, path: SettingPath, value: unknown): string {
  const parentPath = path.slice(0, -1);
  const step = path.at(-1)!;
  if (path.length === 0) throw new Error('the whole');
  const parent = nodeAt(document, parentPath);
  const pair = isMap(parent) ? pairOf(parent, step) : undefined;
  if (pair) return fill(text, pair, value);
  if (!parent) {
    // Nothing is there yet that could hold it.
    if (parentPath.length === 0) return appendLines(text, toPairLines(String(step), value));
    return set(text, parentPath, withValue(undefined, [step], value));
  }
  if (isMap(parent)) return addItem(text, document, parentPath, parent, { key: String(step), value });
  if (isSeq(parent)) return addItem(text, document, parentPath, parent, { value });
  throw new Error('what is there holds nothing else');
}

/** `key:` has nothing behind it so far. */
function fill(text: string, { key }: Pair, value: unknown): string {
  const colon = text.indexOf(':', endOf(key)) + 1;
  const end = lineEnd(text, colon);
  const { first, lines } = toBlockYaml(value);
  if (first === 'below' && text.slice(colon, end).trim() === '') {
    const margin = `\n${' '.repeat(columnOf(text, startOf(key)) + 2)}`;
    return text.slice(0, colon) + margin + lines.join(margin) + text.slice(end);
  }
  return `${text.slice(0, colon)} ${toInlineYaml(value)}${text.slice(colon)}`;
}

function appendLines(text: string, lines: readonly string[]): string {
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${gap}${lines.join('\n')}\n`;
}

interface NewItem {
  /** Of a mapping's. */
  key?: string;
  value: unknown;
}

function addItem(
  text: string,
  document: Document,
  path: SettingPath,
  parent: YAMLMap | YAMLSeq,
  item: NewItem,
): string {
  const { key, value } = item;
  const items: readonly unknown[] = parent.items;
  const last = items.at(-1);
  const inline = key === undefined ? toInlineYaml(value) : `${toYamlKey(key)}: ${toInlineYaml(value)}`;
  if (last === undefined) return addFirst(text, document, path, parent, item, inline);
  const end = endOf(last);
  if (parent.flow) return `${text.slice(0, end)}, ${inline}${text.slice(end)}`;
  const sibling: unknown = isPair(last) ? last.value : last;
  const [begin] = parent.range!;
  const fits = columnOf(text, begin) + inline.length <= lineColumns;
  const style = fits && isCollection(sibling) && sibling.flow ? 'flow' : 'block';
  const margin = ' '.repeat(columnOf(text, begin));
  const lines = toLines(item, style).map((line) => margin + line);
  const gap = hasBlankBetween(text, items) ? '\n' : '';
  // Comments at the end of the file belong to what is before them.
  if (path.length === 0) return appendLines(text, gap === '' ? lines : ['', ...lines]);
  const at = lineEnd(text, end);
  return `${text.slice(0, at)}\n${gap}${lines.join('\n')}${text.slice(at)}`;
}

/** Into `[]` or `{}`; where nothing else is in the line it becomes a block. */
function addFirst(
  text: string,
  document: Document,
  path: SettingPath,
  parent: YAMLMap | YAMLSeq,
  item: NewItem,
  inline: string,
): string {
  const [start, end] = parent.range!;
  const holder = nodeAt(document, path.slice(0, -1));
  const alone = text.slice(end, lineEnd(text, end)).trim() === '';
  if (!alone || (isCollection(holder) && holder.flow)) {
    const filled = isMap(parent) ? `{ ${inline} }` : `[${inline}]`;
    return text.slice(0, start) + filled + text.slice(end);
  }
  const lead = text.slice(lineStart(text, start), start);
  if (lead.trim() === '') {
    return text.slice(0, start) + toLines(item, 'block').join(`\n${lead}`) + text.slice(end);
  }
  const outer = isCollection(holder) ? columnOf(text, holder.range![0]) : 0;
  const margin = `\n${' '.repeat(outer + 2)}`;
  return text.slice(0, start).trimEnd() + margin + toLines(item, 'block').join(margin) + text.slice(end);
}

function toLines({ key, value }: NewItem, style: 'flow' | 'block'): string[] {
  if (key !== undefined) {
    return style === 'flow' ? [`${toYamlKey(key)}: ${toInlineYaml(value)}`] : toPairLines(key, value);
  }
  return style === 'flow' ? [`- ${toInlineYaml(value)}`] : toItemLines(value);
}

/** Whether the file's writer leaves a line free between items. */
function hasBlankBetween(text: string, items: readonly unknown[]): boolean {
  const [before, last] = items.slice(-2);
  if (before === undefined || last === undefined) return false;
  const from = endOf(before);
  return /\n[ \t]*\n/.test(text.slice(from, startOf(last)));
}
