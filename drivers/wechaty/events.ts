/**
 * What the puppet tells, on its way to the hub. A puppet names what happened by an id only; what stands behind it is asked
 * for at once, because after the puppet's death nobody could tell, and kept in the spool before the hub hears of it.
 */
import type { Channel } from './channel.ts';
import type { Puppet } from './puppet.ts';
import type { Spool, Spooled } from './spool.ts';

/** How long the puppet may take to tell what stands behind an id. */
const PAYLOAD_MS = 20_000;

/** Told as they are; nobody misses one that is lost. */
const PASSING = ['scan', 'login', 'logout', 'ready', 'dong', 'heartbeat', 'dirty', 'error'] as const;
/** Kept, as they are. */
const WHOLE = ['room-join', 'room-leave', 'room-topic'] as const;

/** Kept, with what stands behind the id in their payload. */
function behind(puppet: Puppet) {
  return {
    message: ['messageId', (id: string) => puppet.messagePayload(id)],
    friendship: ['friendshipId', (id: string) => puppet.friendshipPayload(id)],
    'room-invite': ['roomInvitationId', (id: string) => puppet.roomInvitationPayload(id)],
  } as const;
}

/** Tells the hub what happens from now on. `onReset`: the puppet asks to be begun anew. */
export function tellEvents(
  puppet: Puppet,
  channel: Channel,
  spool: Spool,
  onFailure: (why: string) => void,
): void {
  let last: Promise<void> = Promise.resolve();
  const keep = (name: string, payload: unknown) => {
    try {
      tell(channel, spool.add(name, payload));
    } catch (error) {
      onFailure(`an event cannot be kept: ${toMessage(error)}`);
    }
  };
  /** In the order in which it was told, whatever takes how long. */
  const inTurn = (work: () => Promise<void>) => {
    last = last.then(work);
  };
  for (const name of PASSING) {
    puppet.on(name, (payload) => channel.send({ type: 'event', name, payload }));
  }
  for (const name of WHOLE) puppet.on(name, (payload) => inTurn(async () => keep(name, payload)));
  for (const [name, [key, read]] of Object.entries(behind(puppet))) {
    puppet.on(name, (payload) => {
      const id = (payload as Record<string, unknown> | undefined)?.[key];
      if (typeof id !== 'string') return;
      const reading = Promise.try(read, id);
      reading.catch(() => {
        // Told below, in its turn.
      });
      inTurn(async () => {
        try {
          keep(name, { ...((await inTime(reading)) as object), id });
        } catch (error) {
          channel.send({
            type: 'event',
            name: 'lost',
            payload: { name, id, message: toMessage(error) },
          });
        }
      });
    });
  }
  puppet.on('reset', () => onFailure('the puppet asks to be begun anew'));
}

/** Tells an event that is kept. */
export function tell(channel: Channel, { seq, name, payload }: Spooled): void {
  channel.send({ type: 'event', seq, name, payload });
}

export function toMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function inTime<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the puppet does not answer')), PAYLOAD_MS);
    void promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
