/** What is said once the hub runs: where to go, and the next step. */
import { parseAddress } from '../hub/address.ts';
import type { Configuration } from '../config/configuration.ts';

export function toWelcome(
  configuration: Configuration,
  { version, http }: { version: string; http: string },
): string[] {
  const doors = configuration.accounts.flatMap(({ id, listens }) =>
    [...listens].map(([setting, address]) => ({ id, door: setting.split('.').at(-2) ?? '', address })),
  );
  const lines = [`hutong ${version} runs. Its data is in ${configuration.dataFolder}. Ctrl+C stops it.`, ''];
  for (const { id, door, address } of doors) lines.push(`  ${id}: ${door} on ${address}`);
  lines.push(`  web: http://${http}/healthz, /readyz and /metrics`);
  const telnet = doors.find(({ door }) => door === 'telnet');
  if (telnet) {
    const { host, port } = parseAddress(telnet.address);
    lines.push(
      '',
      `Next: in another terminal, telnet ${host} ${port} (or nc ${host} ${port}), then: login YOURNAME, say hello`,
    );
  }
  if (configuration.file === undefined) {
    lines.push(
      'To link other networks: cp hutong.example.yaml hutong.yaml, and edit it; it is applied while hutong runs.',
    );
  }
  return lines;
}
