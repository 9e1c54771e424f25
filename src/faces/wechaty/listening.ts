/** How bots reach the server of gRPC: through the gate, or where it is switched off, on a listener of its own. */
import { readFile } from 'node:fs/promises';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { formatAddress, isLoopback } from '../../hub/address.ts';
import { sleep, toError } from '../../hub/clock.ts';
import { ListenError } from '../../hub/errors.ts';
import type { WechatyFaceConfig } from './config.ts';
import { endGate, GateKeeper } from './gate/keeper.ts';
import type { WechatyHost } from './host.ts';
import { findOwnCertificate, type Pair } from './own-certificate.ts';
import { grpc } from './protobuf.ts';

export interface Listening {
  address: string;
  /** How long bots stay connected when the hub goes, seconds. */
  lingerSeconds: number;
  /** The server is about to stop. */
  leave(): Promise<void>;
  /** It has; bots are kept for the next, but where the face is off. */
  end(): Promise<void>;
}

/** A hub that starts has its accounts a moment after its faces; without them it would refuse what bots ask of it. */
const accountsLimitMs = 10_000;
const accountsEveryMs = 10;

/** Whether bots go through a gate: it needs a data folder to be found in. */
export function hasGate(config: WechatyFaceConfig, { folder }: WechatyHost): boolean {
  return config.gate && folder !== undefined;
}

/** Rejects with a `ListenError`. */
export async function listen(
  server: Server,
  config: WechatyFaceConfig,
  host: WechatyHost,
): Promise<Listening> {
  try {
    if (config.tls === false && !isLoopback(config.listen.host))
      throw new ListenError('without TLS it listens on this machine only');
    const pair = await findPair(config, host);
    const { folder, clock } = host;
    if (hasGate(config, host)) return await listenByGate(server, config, host, pair);
    if (folder !== undefined) await endGate(folder, clock);
    return await listenDirectly(server, config, pair);
  } catch (error) {
    if (error instanceof ListenError) throw error;
    const where = formatAddress(config.listen);
    throw new ListenError(`${where} (faces.wechaty.listen): ${toError(error).message}`, { cause: error });
  }
}

async function listenByGate(
  server: Server,
  config: WechatyFaceConfig,
  host: WechatyHost,
  tls: Pair | undefined,
): Promise<Listening> {
  const { clock, log, noteListening, hub, isOff } = host;
  const folder = host.folder!;
  const { listen: address, lingerSeconds } = config;
  const bots = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const keeper = await GateKeeper.open({
    folder,
    clock,
    log,
    noteListening,
    settings: { listen: address, ...(tls && { tls }), lingerMs: lingerSeconds * 1000 },
    onConnection: (socket) => void hasAccounts().then(() => bots.injectConnection(socket)),
  });
  return {
    address: formatAddress({ host: address.host, port: keeper.port }),
    lingerSeconds,
    leave: () => keeper.leave(),
    end: async () => (isOff() ? endGate(folder, clock) : undefined),
  };

  async function hasAccounts(): Promise<void> {
    const untilMs = clock.monotonicMs() + accountsLimitMs;
    while (hub.accounts().length === 0 && clock.monotonicMs() < untilMs) await sleep(clock, accountsEveryMs);
  }
}

async function listenDirectly(
  server: Server,
  { listen: address }: WechatyFaceConfig,
  pair: Pair | undefined,
): Promise<Listening> {
  const credentials = toCredentials(pair);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(formatAddress(address), credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return {
    address: formatAddress({ host: address.host, port }),
    lingerSeconds: 0,
    leave: async () => {},
    end: async () => {},
  };
}

function toCredentials(pair: Pair | undefined): ServerCredentials {
  if (!pair) return grpc.ServerCredentials.createInsecure();
  const [cert_chain, private_key] = [Buffer.from(pair.cert), Buffer.from(pair.key)];
  return grpc.ServerCredentials.createSsl(null, [{ cert_chain, private_key }]);
}

/** Undefined without TLS. */
async function findPair(
  { tls }: WechatyFaceConfig,
  { journal, clock }: WechatyHost,
): Promise<Pair | undefined> {
  if (tls === false) return undefined;
  if (!tls) return findOwnCertificate(journal, clock.now());
  return { cert: await readPem(tls.cert, 'cert'), key: await readPem(tls.key, 'key') };
}

async function readPem(file: string, setting: keyof Pair): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const message = `${file} (faces.wechaty.tls.${setting}) cannot be read: ${toError(cause).message}`;
    throw new ListenError(message, { cause });
  }
}
