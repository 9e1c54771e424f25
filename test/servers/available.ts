// Whether a real server is installed. A developer without it sees the test skipped, with how to get it; on CI a missing
// server is a failure, or a whole suite could vanish unnoticed.
import { accessSync, constants } from 'node:fs';

/**
 * The `skip` option of a test that needs this program: false where it is there (and on CI, so that the test fails).
 *
 * @param paths where Debian puts it; all are needed
 */
export function skipWithout(name: string, debianPackage: string, paths: readonly string[]): string | false {
  const isMissing = paths.some((path) => {
    try {
      accessSync(path, constants.R_OK);
      return false;
    } catch {
      // Not there, or not for us: the answer this asks for.
      return true;
    }
  });
  if (!isMissing || process.env['CI'] !== undefined) return false;
  return `${name} is not installed: apt-get install ${debianPackage}`;
}
