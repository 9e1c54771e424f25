/** The driver as the command line installs it. */
import { isAbsolute } from 'node:path';
import type { WechatyConfig } from './config.ts';

export interface DriverInstallation {
  dataFolder: string;
  /** As npm takes them: a name, with a version if one is wanted. */
  packages: readonly string[];
  /** Told what npm says. */
  say(this: void, line: string): void;
}

export const wechatyDriver = {
  network: 'wechaty',
  /** What an account of these settings needs. */
  packagesOf(config: unknown): string[] {
    const { puppet } = config as WechatyConfig;
    return isAbsolute(puppet) ? [] : [puppet];
  },
  /** Answers the folder. @throws AccountError which has npm's own words */
  async install({ dataFolder, packages, say }: DriverInstallation): Promise<string> {
    const { installDriver } = await import('./driver-folder.ts');
    return installDriver({ dataFolder, puppets: packages, say });
  },
};
