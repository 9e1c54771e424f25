// What an installation for production brings with it: few packages, so that somebody can still look at them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

interface Locked {
  dev?: boolean;
  devOptional?: boolean;
}

const limit = 150;

test(`npm ci --omit=dev installs fewer than ${limit} packages`, () => {
  const file = new URL('../../package-lock.json', import.meta.url);
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> };
  const names = Object.keys(packages).filter((name) => {
    const { dev, devOptional } = packages[name]!;
    return name !== '' && !dev && !devOptional;
  });
  assert.ok(names.length < limit, `${names.length} packages:\n${names.join('\n')}`);
});
