/**
 * Reads the content of a Satori message. There is no wrong content: what is no element is text, an element that nobody
 * closes ends with what holds it, an end that nothing began is left out. It takes time in proportion to the length.
 *
 * @see https://satori.chat/zh-CN/protocol/elements.html
 */
import type { ElementNode, SatoriNode } from './elements.ts';

/** Elements within elements; what is deeper is read as if it stood beside. */
const depthLimit = 32;

interface Open {
  type: string;
  attributes: Record<string, string | boolean>;
  children: SatoriNode[];
}

const tagStart = /<(\/?)([a-z][a-z0-9-]*)(?=[\s/>])/iy;
const attribute = /\s+(?:([a-z_][\w:.-]*)(?:=(?:"([^"]*)"|'([^']*)'))?)/iy;
const tagEnd = /\s*(\/?)>/y;

export function parseElements(content: string): SatoriNode[] {
  const root: Open = { type: '', attributes: {}, children: [] };
  const open: Open[] = [root];
  let text = 0;
  let hasComments = true;
  let at = content.indexOf('<');
  while (at >= 0) {
    const isComment: boolean = hasComments && content.startsWith('<!--', at);
    const comment: number = isComment ? content.indexOf('-->', at) : -1;
    if (isComment) hasComments = comment >= 0;
    const tag = comment < 0 ? readTag(content, at) : undefined;
    if (tag || comment >= 0) {
      addText(open.at(-1)!, content.slice(text, at));
      text = tag ? tag.end : comment + '-->'.length;
    }
    if (tag?.closes) close(open, tag.type);
    else if (tag) begin(open, tag);
    at = content.indexOf('<', Math.max(text, at + 1));
  }
  addText(open.at(-1)!, content.slice(text));
  return root.children;
}

interface Tag {
  type: string;
  attributes: Record<string, string | boolean>;
  closes: boolean;
  isEmpty: boolean;
  /** Where what follows begins. */
  end: number;
}

function readTag(content: string, at: number): Tag | undefined {
  tagStart.lastIndex = at;
  const start = tagStart.exec(content);
  if (!start) return undefined;
  const [, slash, type = ''] = start;
  const attributes: Record<string, string | boolean> = {};
  let end = tagStart.lastIndex;
  for (;;) {
    attribute.lastIndex = end;
    const found = attribute.exec(content);
    if (!found) break;
    const [, name = '', double, single] = found;
    const value = double ?? single;
    if (value !== undefined) attributes[name] = unescape(value);
    else if (name.startsWith('no-')) attributes[name.slice('no-'.length)] = false;
    else attributes[name] = true;
    end = attribute.lastIndex;
  }
  tagEnd.lastIndex = end;
  const over = tagEnd.exec(content);
  if (!over) return undefined;
  return { type, attributes, closes: slash === '/', isEmpty: over[1] === '/', end: tagEnd.lastIndex };
}

function begin(open: Open[], { type, attributes, isEmpty }: Tag): void {
  const element: Open = { type, attributes, children: [] };
  open.at(-1)!.children.push(element);
  if (!isEmpty && open.length <= depthLimit) open.push(element);
}

function close(open: Open[], type: string): void {
  const index = open.findLastIndex((each) => each.type === type);
  if (index > 0) open.length = index;
}

function addText(into: Open, escaped: string): void {
  if (escaped === '') return;
  const text = unescape(escaped);
  const last = into.children.at(-1);
  if (typeof last === 'string') into.children[into.children.length - 1] = last + text;
  else into.children.push(text);
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const lastCharacter = 0x10ffff;

/** Once: what has been escaped twice stays escaped once. */
function unescape(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code <= lastCharacter ? String.fromCodePoint(code) : whole;
  });
}

/** What is written in nodes, without elements. */
export function toText(nodes: readonly SatoriNode[]): string {
  return nodes.map((node) => (typeof node === 'string' ? node : toText(node.children))).join('');
}

/** An attribute with a value. */
export function attributeOf({ attributes }: ElementNode, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' ? value : undefined;
}
