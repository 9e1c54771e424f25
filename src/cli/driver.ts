/** `driver install`: what a network needs beside hutong, and only where somebody has such an account. */
import { didYouMean } from '../config/nearest.ts';
import { locateWithoutSecrets } from './beside.ts';
import { UsageError, type Command, type CommandContext } from './command.ts';

export const driverCommand: Command = {
  name: 'driver install',
  words: 'NETWORK [PUPPET…]',
  minWords: 1,
  maxWords: Number.POSITIVE_INFINITY,
  summary: 'Installs what a network runs in a process of its own: wechaty, with its puppets',
  details: `Into the data folder, with npm, beside what is installed there already. Without a PUPPET those that the
configuration names are installed. A hub that waits for it goes on by itself.`,
  run: installDriver,
};

async function installDriver(context: CommandContext): Promise<number> {
  const { composition, shell, words } = context;
  const [name = '', ...given] = words;
  const names = composition.drivers.map((driver) => driver.network);
  const driver = composition.drivers.find(({ network }) => network === name);
  if (!driver) {
    throw new UsageError(
      `"${name}" has no driver.${didYouMean(name, names)} What has one: ${names.join(', ')}`,
    );
  }
  const { configuration } = await locateWithoutSecrets(context);
  const configured = configuration.accounts
    .filter(({ kind }) => kind.kind === name)
    .flatMap(({ config }) => driver.packagesOf(config));
  const packages = given.length > 0 ? given : [...new Set(configured)];
  shell.err(
    packages.length > 0
      ? `npm installs ${packages.join(', ')} …\n`
      : `npm installs the driver of ${name} …\n`,
  );
  const folder = await driver.install({
    dataFolder: configuration.dataFolder,
    packages,
    say: (line) => shell.err(`${line}\n`),
  });
  shell.out(`Installed in ${folder}.\n`);
  return 0;
}
