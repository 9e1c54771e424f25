/** How deep a body may be nested: what checks and keeps bodies goes into them by calling itself. */
import { RestError } from './problems.ts';

/** Deeper than any form in a configuration, or any message that forwards messages. */
const depthLimit = 32;

/** Refuses what is nested too deep, without going into it by recursion. Throws `request-invalid`. */
export function requireShallow(body: unknown): void {
  if (body === undefined) return;
  let level = [body];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthLimit) {
      throw new RestError('request-invalid', `the body is nested deeper than ${depthLimit} levels`);
    }
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
}
