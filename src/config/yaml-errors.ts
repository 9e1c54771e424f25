/**
 * What is wrong with the YAML of a file, in words that say what to do. A parser that has lost its way complains of
 * everything that follows; so where the true reason is recognised, it alone is told, at the place where it is.
 */
import { isCollection, isScalar, visit, type Document, type YAMLParseError, type YAMLWarning } from 'yaml';

export interface YamlMistake {
  /** Where in the text. */
  offset: number;
  message: string;
}

/** More complaints of the parser than this are consequences of the first. */
const complaintLimit = 3;

/** The characters that an input method writes in place of those that YAML knows. */
const fullWidthColon = '：';
const curlyQuotes = /^[“”„‘’].*[“”‘’]$/su;

/** Every mistake of a parsed text; none when it is good. */
export function explainYaml(text: string, document: Document): YamlMistake[] {
  const complaints = [...document.errors, ...document.warnings];
  const recognised = [
    ...findUnclosed(text, document, complaints),
    ...complaints.flatMap((complaint) => recognise(text, complaint) ?? []),
    ...findForeignCharacters(document),
  ];
  const first = Math.min(...recognised.map(({ offset }) => offset));
  const rest = complaints
    .filter((complaint) => complaint.pos[0] < first && !recognise(text, complaint))
    .map((complaint) => ({ offset: complaint.pos[0], message: explainComplaint(complaint) }));
  return withoutRepeats([...recognised, ...rest.slice(0, complaintLimit)]);
}

type Complaint = YAMLParseError | YAMLWarning;

/** The complaints whose reason is plain from their own place. */
function recognise(text: string, { code, pos }: Complaint): YamlMistake | undefined {
  const [offset] = pos;
  const here = text.slice(offset);
  if (here.startsWith('{') && text[offset - 1] === '$') {
    const name = /^\{[^}\n]*\}/.exec(here)?.[0] ?? '{NAME}';
    return {
      offset: offset - 1,
      message: `write it in quotes, "$${name}": inside { … } YAML takes its bare braces for a mapping`,
    };
  }
  const line = /^[^\n]*/.exec(here)![0];
  if (code === 'MULTILINE_IMPLICIT_KEY' && line.includes(fullWidthColon)) {
    return { offset: offset + line.indexOf(fullWidthColon), message: fullWidthMessage };
  }
  switch (code) {
    case 'DUPLICATE_KEY':
      return { offset, message: `the key "${/^[^:\n]*/.exec(here)?.[0].trim()}" is there twice` };
    case 'MULTIPLE_DOCS':
      return { offset, message: 'a second YAML document begins here; a configuration is one' };
    case 'TAB_AS_INDENT':
      return { offset, message: 'a tab indents this line; YAML takes spaces only' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { offset, message: 'not valid YAML: a value that holds ": " has to stand in quotes' };
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        offset,
        message: 'not valid YAML: expected "key: value"; is a colon missing, or the space behind it?',
      };
    default:
      return undefined;
  }
}

function explainComplaint({ message }: Complaint): string {
  return `not valid YAML: ${message}`;
}

const fullWidthMessage = `"${fullWidthColon}" is a full-width colon; write ":" and a space`;

/** Quotes and brackets that are opened and never closed: the parser notices at the end, the reader looks for the start. */
function findUnclosed(text: string, document: Document, complaints: readonly Complaint[]): YamlMistake[] {
  if (!complaints.some(({ code }) => code === 'MISSING_CHAR' || code === 'BAD_INDENT')) return [];
  const found: YamlMistake[] = [];
  visit(document, {
    Node(_, node) {
      if (!node.range) return;
      const [start, end] = node.range;
      const opening = text[start]!;
      const closing =
        isCollection(node) && node.flow ? closers[opening] : isQuoted(node) ? opening : undefined;
      const closed = end - start > 1 && text[end - 1] === closing;
      if (closing === undefined || closed) return;
      found.push({ offset: start, message: `the ${opening} that opens here is not closed by a ${closing}` });
    },
  });
  // What is around an unclosed one cannot be closed either.
  return found.slice(-1);
}

const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

function isQuoted(node: unknown): boolean {
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
}

/** What YAML takes for text, though it was meant to be a colon or a quote. */
function findForeignCharacters(document: Document): YamlMistake[] {
  const found: YamlMistake[] = [];
  visit(document, {
    Scalar(key, node) {
      if (node.type !== 'PLAIN' || typeof node.value !== 'string' || !node.range) return;
      const [start] = node.range;
      if ((key === 'key' || key === null) && node.value.includes(fullWidthColon)) {
        found.push({ offset: start + node.value.indexOf(fullWidthColon), message: fullWidthMessage });
      }
      if (curlyQuotes.test(node.value)) {
        const message = `curly quotes are part of the text here: write straight ones, as in "text", or put them inside straight ones`;
        found.push({ offset: start, message });
      }
    },
  });
  return found;
}

function withoutRepeats(mistakes: readonly YamlMistake[]): YamlMistake[] {
  return [...new Map(mistakes.map((mistake) => [mistake.offset, mistake])).values()];
}
