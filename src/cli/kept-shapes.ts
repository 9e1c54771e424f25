/**
 * V8 forgets the shape of objects when a collection finds none of them alive, and code of Node's own that was made for
 * such a shape is slow from then on. That happens to what `process.nextTick` queues, of which Node makes several with every
 * request and every write: whenever a hub is collected while it has nothing to do, each later request costs a quarter more.
 */
import { createHook } from 'node:async_hooks';

/** Held for its shape alone. */
let queued: object | undefined;

/** Keeps one of the objects by which Node queues what runs next, for as long as the process runs. */
export function keepShapeOfQueued(): void {
  const hook = createHook({
    init(_, type, __, resource) {
      if (type === 'TickObject') queued ??= resource;
    },
  });
  hook.enable();
  process.nextTick(() => {});
  hook.disable();
}
