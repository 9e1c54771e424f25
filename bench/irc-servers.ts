/** IRC servers to compare with, started on loopback with every flood limit out of the way. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface IrcServer extends AsyncDisposable {
  name: string;
  port: number;
}

interface IrcKind {
  program: string;
  args(file: string): string[];
  config(port: number, folder: string): string;
}

const kinds: Readonly<Record<string, IrcKind>> = {
  ngircd: {
    program: '/usr/sbin/ngircd',
    args: (file) => ['--nodaemon', '--config', file],
    config: (port, folder) => `
[Global]
Name = irc.bench.test
Info = bench
AdminEMail = nobody@bench.test
Listen = 127.0.0.1
Ports = ${port}
PidFile = ${folder}/pid
ServerUID = root
ServerGID = root
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 10
MaxPenaltyTime = 0
MaxNickLength = 20
PingTimeout = 3600
PongTimeout = 3600
[Options]
DNS = no
Ident = no
PAM = no
ChrootDir =
`,
  },
  inspircd: {
    program: '/usr/sbin/inspircd',
    args: (file) => ['--nofork', '--nopid', '--runasroot', '--config', file],
    config: (port, folder) => `
<config format="xml">
<path configdir="${folder}" datadir="${folder}" logdir="${folder}" runtimedir="${folder}">
<server name="irc.bench.test" description="bench" network="bench">
<admin name="bench" nick="bench" email="nobody@bench.test">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect name="all" allow="*" timeout="60" pingfreq="3600" hardsendq="256M" softsendq="128M" recvq="1M"
 threshold="1000000" commandrate="100000000" fakelag="no" localmax="5000" globalmax="5000" maxchans="20"
 maxconnwarn="no" resolvehostnames="no" useconnectban="no" useconnflood="no">
<performance netbuffersize="10240" somaxconn="1024" softlimit="10000" clonesonconnect="no">
<class name="none" commands="">
<log method="file" type="*" level="default" target="${folder}/log">
`,
  },
};

/** Starts `ngircd` or `inspircd`; `undefined` when it is not installed. */
export async function startIrcServer(name: string): Promise<IrcServer | undefined> {
  const kind = kinds[name];
  if (!kind || spawnSync('test', ['-x', kind.program]).status !== 0) return undefined;
  const folder = await mkdtemp(join(tmpdir(), `bench-${name}-`));
  await mkdir(join(folder, 'empty'));
  const port = await findPort();
  const file = join(folder, 'server.conf');
  await writeFile(file, kind.config(port, folder));
  const child = spawn(kind.program, kind.args(file), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await untilListening(port, child, () => output);
  return {
    name,
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(folder, { recursive: true });
    },
  };
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the IRC server ended: ${output()}`);
    const socket = connect({ host: '127.0.0.1', port });
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (opened) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
