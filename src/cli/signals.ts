/** How the process ends: in order when asked to, at once when asked twice or when something was left unhandled. */
import type { Logger } from 'pino';

/** Closing everything may take this long. */
const stopLimitMs = 10_000;

/** Resolves, with why, when the process is asked to stop. From then on it ends within a bound, or at a second signal. */
export function untilStopped(log: Logger): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let asked = false;
  const ask = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(1);
    asked = true;
    // It must not keep the process: when all is closed, nothing waits for it.
    setTimeout(() => {
      log.error(
        {},
        `stopping took longer than ${stopLimitMs} ms; what is durable is kept, the rest is cut off`,
      );
      process.exit(1);
    }, stopLimitMs).unref();
    resolve(signal);
  };
  process.on('SIGINT', ask).on('SIGTERM', ask);
  process.on('uncaughtException', (error, origin) => {
    // An unhandled rejection comes here too. What state it left nobody knows: only a new start is sure.
    log.fatal({ err: error, origin }, 'an error that nothing handled: hutong ends');
    process.exit(1);
  });
  return promise;
}
