// ejabberd on the loopback interface. Erlang is run directly, without ejabberdctl: that would change to another user,
// start a daemon of its own for node names (epmd) and leave it behind.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { skipWithout } from './available.ts';
import { DOMAIN, MUC_DOMAIN, XmppServer, type ServerPlan, type XmppServerOptions } from './xmpp-server.ts';

const ERLANG = '/usr/bin/erl';

/** The `skip` option of tests that need ejabberd. */
export const skipEjabberd = skipWithout('ejabberd', 'ejabberd', [ERLANG, '/usr/sbin/ejabberdctl']);

/** Two schedulers that do not spin: the tests share the machine. */
const SCHEDULING = ['+S', '2:2', '+sbwt', 'none'];

/** Printed by our own line of Erlang when ejabberd runs and the accounts exist. */
const READY = 'hutong: ejabberd is ready';

/** Starts ejabberd; its data lives in a temporary folder. */
export function startEjabberd(options: XmppServerOptions = {}): Promise<XmppServer> {
  return XmppServer.create(async (plan) => {
    const { folder } = plan;
    const config = join(folder, 'ejabberd.yml');
    await writeFile(config, toConfig(plan));
    return {
      command: ERLANG,
      args: [
        '-noinput',
        ...SCHEDULING,
        '-mnesia',
        'dir',
        `"${join(folder, 'spool')}"`,
        '-s',
        'ejabberd',
        '-eval',
        toRegistrations(options),
      ],
      env: {
        ERL_LIBS: '/usr/lib/x86_64-linux-gnu',
        ERL_CRASH_DUMP: join(folder, 'erl_crash.dump'),
        EJABBERD_CONFIG_PATH: config,
        EJABBERD_LOG_PATH: join(folder, 'ejabberd.log'),
        HOME: folder,
      },
      cwd: folder,
      ports: [
        plan.port,
        ...(options.tls === false ? [] : [plan.tlsPort]),
        ...(options.component === undefined ? [] : [plan.componentPort]),
      ],
      readyOutput: READY,
    };
  }, options);
}

/** Erlang that registers the accounts in the node itself. On a second start they exist already, which is as good. */
function toRegistrations(options: XmppServerOptions): string {
  const calls = (options.users ?? []).map(
    ([name, password]) =>
      `ejabberd_auth:try_register(${toBinary(name)},${toBinary(DOMAIN)},${toBinary(password)}),`,
  );
  return `${calls.join('')}io:format("~s~n",[${toBinary(READY)}]).`;
}

function toComponentListener({ component }: XmppServerOptions, port: number): string {
  if (component === undefined) return '';
  return `
  - port: ${port}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    shaper: none
    max_stanza_size: 524288
    hosts:
      ${JSON.stringify(component.domain)}:
        password: ${JSON.stringify(component.secret)}`;
}

function toBinary(text: string): string {
  return `<<${[...Buffer.from(text)].join(',')}>>`;
}

function toConfig({ options, certificates, port, tlsPort, componentPort }: ServerPlan): string {
  const hasTls = options.tls !== false;
  const listener = (onPort: number, line: string): string => `
  - port: ${onPort}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: ${options.rateLimits === true ? 'c2s_shaper' : 'none'}
    access: c2s
    ${line}`;
  return `
loglevel: warning
hosts: [${DOMAIN}]
certfiles: [${JSON.stringify(certificates.bundlePath)}]
auth_password_format: scram
auth_scram_hash: ${options.passwordHash === 'SHA-256' ? 'sha256' : 'sha'}
c2s_protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1${options.onlyTls12 === true ? ', no_tlsv1_3' : ''}]
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
listen:${listener(port, hasTls ? 'starttls_required: true' : 'starttls: false')}${hasTls ? listener(tlsPort, 'tls: true') : ''}${toComponentListener(options, componentPort)}
acl:
  local:
    user_regexp: ""
access_rules:
  local:
    allow: local
  c2s:
    allow: all
shaper:
  normal: 10000
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: 1000
  c2s_shaper: normal
modules:
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
  mod_carboncopy: {}
  mod_offline: {}
  mod_blocking: {}
  mod_privacy: {}
  mod_caps: {}
  mod_pubsub:
    plugins: [flat, pep]
  mod_stream_mgmt:
    resend_on_timeout: if_offline
${options.mam === false ? '' : '  mod_mam:\n    default: always\n'}${
    options.muc === false
      ? ''
      : `  mod_muc:
    host: ${MUC_DOMAIN}
    access: all
    access_create: all
    access_persistent: all
    default_room_options:
      mam: ${String(options.mam !== false)}
      persistent: true
`
  }${(options.modules ?? []).map((name) => `  ${name}: {}\n`).join('')}${options.extraConfig ?? ''}
`;
}
