// `hutong doctor` against a real Prosody: what is wrong with an account is said so that its owner can mend it, and
// the account of a hub that runs is not disturbed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipProsody, startProsody } from '../servers/prosody.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

async function runDoctor(yaml: string, environment: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-doctor-'));
  try {
    await writeFile(join(folder, 'hutong.yaml'), yaml);
    const child = spawn(process.execPath, [main, 'doctor'], {
      cwd: folder,
      env: { ...process.env, ...environment },
    });
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, 'exit')) as [number | null];
    return { code, out: await out, err: await err };
  } finally {
    await rm(folder, { recursive: true });
  }
}

test(
  'each account that cannot work is told apart, in plain words and without its password',
  { skip: skipProsody },
  async () => {
    await using server = await startProsody({ users: [['bridge', 'pencil']] });
    const address = `server: "xmpp://127.0.0.1:${server.port}"`;
    const { code, out, err } = await runDoctor(
      `
http: { listen: "127.0.0.1:0" }
accounts:
  good: { network: xmpp, jid: bridge@localhost, password: "\${PASSWORD}", ${address}, tls: { ca: "${server.caPath}" } }
  password: { network: xmpp, jid: bridge@localhost, password: "\${PASSWORD}l", ${address}, tls: { ca: "${server.caPath}" } }
  stranger: { network: xmpp, jid: bridge@localhost, password: "\${PASSWORD}", ${address} }
  nobody: { network: xmpp, jid: bridge@localhost, password: "\${PASSWORD}", server: "xmpp://127.0.0.1:1" }
`,
      { PASSWORD: 'pencil' },
    );
    assert.deepEqual([code, err], [1, '']);
    assert.match(out, /^ok {5}account good: online as bridge@localhost/m);
    assert.match(out, /^WRONG {2}account password: .*user or password is wrong/m);
    assert.match(
      out,
      /^WRONG {2}account stranger: the certificate for localhost is refused: .*authority that is not known/m,
    );
    assert.match(out, /^WRONG {2}account nobody: nothing listens at 127\.0\.0\.1:1/m);
    assert.match(out, /\n3 things are wrong\.\n$/);
    assert.doesNotMatch(out, /pencil/);
  },
);
