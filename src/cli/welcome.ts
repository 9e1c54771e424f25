/** What is said once the hub runs: where to go, and the next step. */
import type { FirstLogin } from '../hub/access.ts';
import { parseAddress } from '../hub/address.ts';
import type { AccountConfiguration, Configuration } from '../config/configuration.ts';

export interface Running {
  version: string;
  /** Where the web server listens. */
  http: string;
  /** What the first administrator logs in with, while that is needed. */
  firstLogin?: FirstLogin | undefined;
  /** The accounts whose doors are not open, each with why. */
  closed: ReadonlyMap<AccountConfiguration, string>;
}

export function toWelcome(
  configuration: Configuration,
  { version, http, closed, firstLogin }: Running,
): string[] {
  const doors = configuration.accounts.flatMap((account) =>
    [...account.listens].map(([setting, address]) => ({
      id: account.id,
      door: setting.split('.').at(-2) ?? '',
      setting,
      address,
      why: closed.get(account),
    })),
  );
  const lines = [`hutong ${version} runs. Its data is in ${configuration.dataFolder}. Ctrl+C stops it.`, ''];
  for (const { id, door, address, why } of doors) {
    lines.push(`  ${id}: ${door} ${why === undefined ? 'on' : 'is NOT open on'} ${address}`);
  }
  const { tls, url } = configuration.http;
  const web = `${url ?? `${tls ? 'https' : 'http'}://${http}`}/`;
  lines.push(`  web: ${web}`);
  // Of a port that the system chose the log tells the number.
  const telnet = doors.find(
    ({ door, address, why }) => door === 'telnet' && why === undefined && parseAddress(address).port !== 0,
  );
  const shut = doors.find(({ why }) => why !== undefined);
  if (shut) {
    lines.push(
      '',
      `${shut.why}.`,
      `Next: free ${shut.address} or set ${shut.setting} in hutong.yaml to another; no restart is needed.`,
    );
  }
  if (firstLogin) {
    const { name, password } = firstLogin;
    lines.push(
      '',
      `Next: open ${web} and log in as "${name}" with the password ${password} (once: you choose your own there).`,
    );
  }
  if (telnet) {
    const { host, port } = parseAddress(telnet.address);
    lines.push(
      '',
      `${firstLogin ? 'Or' : 'Next'}: in another terminal, telnet ${host} ${port} (or nc ${host} ${port}), then: login YOURNAME, say hello`,
    );
  }
  if (configuration.file === undefined) {
    lines.push(
      'To link other networks: cp hutong.example.yaml hutong.yaml, and edit it; it is applied while hutong runs.',
    );
  }
  return lines;
}
