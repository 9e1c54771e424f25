// docs/adding-a-network.md is checked against the seam: it names every member that a network can implement or call,
// and its links lead somewhere.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..', '..', '..');
const guide = readFileSync(join(root, 'docs/adding-a-network.md'), 'utf8');
const seam = readFileSync(join(root, 'src/hub/network.ts'), 'utf8');

/** The members of an interface of the seam. */
function members(name: string): string[] {
  const body =
    new RegExp(`export interface ${name}(?:<\\w+>)? \\{\\n([\\s\\S]*?)\\n\\}`).exec(seam)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:]/gm)].map((match) => match[1]!);
}

test('docs/adding-a-network.md names every member of the seam', () => {
  const names = ['NetworkKind', 'Network', 'AccountPort', 'Session', 'Actions', 'Limits'].flatMap((name) => {
    const found = members(name);
    assert.ok(found.length > 0, name);
    return found;
  });
  assert.ok(names.length > 30);
  const missing = names.filter(
    (name) => !new RegExp(`\`(?:port\\.)?${name}\`|\\b${name}\\??\\(`).test(guide),
  );
  assert.deepEqual(missing, []);
});

test('docs/adding-a-network.md links to what is there', () => {
  const links = [...guide.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1]!);
  assert.ok(links.length > 5);
  assert.deepEqual(
    links.filter((link) => !existsSync(join(root, 'docs', link))),
    [],
  );
});
