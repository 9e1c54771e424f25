/**
 * What was needed to start (sources, syntax trees, the compiler's leftovers) is garbage once the hub runs, but an
 * idle process collects none. One collection then gives some 15 MiB of 125 back to the system.
 */
import { findCollector } from '../hub/garbage.ts';

/** Collects once, blocking for some milliseconds: for the moment after the start, never under load. */
export function releaseStartupMemory(): void {
  const collect = findCollector();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
