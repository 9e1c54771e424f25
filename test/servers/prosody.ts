// Prosody on the loopback interface.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { skipWithout } from './available.ts';
import { DOMAIN, MUC_DOMAIN, XmppServer, type ServerPlan, type XmppServerOptions } from './xmpp-server.ts';

/** The `skip` option of tests that need Prosody. */
export const skipProsody = skipWithout('prosody', 'prosody prosody-modules', ['/usr/bin/prosody']);

/** Starts Prosody; its data lives in a temporary folder. */
export function startProsody(options: XmppServerOptions = {}): Promise<XmppServer> {
  return XmppServer.create(async (plan) => {
    const config = join(plan.folder, 'prosody.cfg.lua');
    await writeFile(config, toConfig(plan));
    for (const [name, password] of options.users ?? []) {
      await writeAccount(plan, name, password);
    }
    const hasTls = options.tls !== false;
    return {
      command: '/usr/bin/prosody',
      args: ['--root', '--config', config, '-F'],
      cwd: plan.folder,
      ports: [
        plan.port,
        ...(hasTls ? [plan.tlsPort] : []),
        ...(options.component === undefined ? [] : [plan.componentPort]),
        ...(options.uploads === undefined ? [] : [plan.httpPort]),
      ],
    };
  }, options);
}

function toUploads(
  { fileLimitBytes, dailyLimitBytes }: NonNullable<ServerPlan['options']['uploads']>,
  httpPort: number,
): string {
  return `Component "upload.localhost" "http_file_share"
  http_file_share_size_limit = ${fileLimitBytes}
  ${dailyLimitBytes === undefined ? '' : `http_file_share_daily_quota = ${dailyLimitBytes}`}
  http_external_url = "http://127.0.0.1:${httpPort}/"
`;
}

function toConfig(plan: ServerPlan): string {
  const { options, folder, certificates, port, tlsPort, componentPort, httpPort } = plan;
  const hasTls = options.tls !== false;
  const mam = options.mam !== false;
  const modules = [
    'disco',
    'roster',
    'saslauth',
    'pep',
    'smacks',
    'carbons',
    'vcard_legacy',
    'version',
    'ping',
    'time',
    'blocklist',
    'bookmarks',
    ...(hasTls ? ['tls'] : []),
    ...(mam ? ['mam'] : []),
    ...(options.rateLimits === true ? ['limits'] : []),
    ...(options.modules ?? []),
  ];
  return `
run_as_root = true
pidfile = ${quote(join(folder, 'prosody.pid'))}
data_path = ${quote(join(folder, 'data'))}
plugin_paths = { "/usr/lib/prosody/modules" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
c2s_direct_tls_ports = { ${hasTls ? tlsPort : ''} }
component_ports = { ${options.component === undefined ? '' : componentPort} }
component_interfaces = { "127.0.0.1" }
s2s_ports = {}
http_ports = { ${options.uploads === undefined ? '' : httpPort} }
http_interfaces = { "127.0.0.1" }
http_default_host = "upload.localhost"
https_ports = {}
modules_enabled = { ${modules.map(quote).join('; ')} }
modules_disabled = { "s2s" }
authentication = "internal_hashed"
password_hash = ${quote(options.passwordHash ?? 'SHA-1')}
c2s_require_encryption = ${String(hasTls)}
allow_unencrypted_plain_auth = false
storage = "internal"
-- Beyond the default of 10,000 every further message makes it trim its files, and the server all but stands still.
storage_archive_item_limit = 1000000
${hasTls ? `ssl = { certificate = ${quote(certificates.certificatePath)}; key = ${quote(certificates.keyPath)}; ${options.onlyTls12 === true ? 'protocol = "tlsv1_2"' : ''} }` : ''}
log = { { levels = { min = "info" }, to = "console" } }
${options.extraConfig ?? ''}
${options.uploads === undefined ? '' : toUploads(options.uploads, httpPort)}
VirtualHost ${quote(DOMAIN)}
${
  options.muc === false
    ? ''
    : `Component ${quote(MUC_DOMAIN)} "muc"
  modules_enabled = { ${mam ? '"muc_mam"' : ''} }
  muc_room_locking = false
  muc_log_by_default = ${String(mam)}
  muc_log_presences = false`
}
${
  options.component === undefined
    ? ''
    : `Component ${quote(options.component.domain)}
  component_secret = ${quote(options.component.secret)}`
}
`;
}

/** Lua reads the strings that JSON writes, as far as paths and names go. */
function quote(text: string): string {
  return JSON.stringify(text);
}

const ITERATIONS = 4096;

/** Writes an account as Prosody stores it: a program run for each would cost most of a test's time. */
async function writeAccount(plan: ServerPlan, name: string, password: string): Promise<void> {
  const hash = plan.options.passwordHash === 'SHA-256' ? 'sha256' : 'sha1';
  const salt = randomBytes(16).toString('hex');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, hash === 'sha1' ? 20 : 32, hash);
  const hmac = (text: string): Buffer => createHmac(hash, salted).update(text).digest();
  const storedKey = createHash(hash).update(hmac('Client Key')).digest('hex');
  const folder = join(plan.folder, 'data', DOMAIN, 'accounts');
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `${toFileName(name)}.dat`),
    `return { ["stored_key"] = "${storedKey}"; ["server_key"] = "${hmac('Server Key').toString('hex')}";
["salt"] = "${salt}"; ["iteration_count"] = ${ITERATIONS}; };\n`,
  );
}

/** Prosody writes every byte of a name that is no letter or digit as %xx. */
function toFileName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}
