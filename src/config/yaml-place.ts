/** Where the parts of a YAML document stand in its text. */
import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Document, Node, Pair, YAMLMap } from 'yaml';
import type { SettingPath } from './problems.ts';

/** The node of a setting; undefined where nothing is written. Aliases are not followed. */
export function nodeAt(document: Document, path: SettingPath): Node | undefined {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isMap(node)) node = pairOf(node, step)?.value;
    else if (isSeq(node) && typeof step === 'number') node = node.items[step];
    else return undefined;
  }
  // `key:` with nothing behind it is a scalar of no width: there is nothing to replace.
  return isNode(node) && node.range && node.range[0] < node.range[1] ? node : undefined;
}

export function pairOf(map: YAMLMap, step: string | number): Pair | undefined {
  return map.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
}

/** The first alias on the way to a setting, itself included. */
export function findAlias(document: Document, path: SettingPath): Alias | undefined {
  for (let length = 0; length <= path.length; length++) {
    const node = nodeAt(document, path.slice(0, length));
    if (isAlias(node)) return node;
  }
  return undefined;
}

/** Where what an item of a collection, or any node, says ends: before the comment, and the line's end, behind it. */
export function endOf(node: unknown): number {
  if (isPair(node)) {
    const { key, value } = node;
    return isNode(value) && value.range ? Math.max(endOf(value), endOf(key)) : endOf(key);
  }
  if (!isNode(node) || !node.range) throw new Error('a node without a place');
  if (isCollection(node) && !node.flow) {
    const last: unknown = node.items.at(-1);
    if (last === undefined) return node.range[1];
    return endOf(last);
  }
  if (isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')) {
    return node.range[1] - 1;
  }
  return node.range[1];
}

/** Where an item of a collection, or any node, begins; an anchor stands before that. */
export function startOf(item: unknown): number {
  const node = isPair(item) ? item.key : item;
  if (!isNode(node) || !node.range) throw new Error('a node without a place');
  return node.range[0];
}

/** The end of the line that an offset is in, its line feed not included. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
