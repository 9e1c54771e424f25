/** What the face tells of itself. @see https://github.com/botuniverse/onebot-11/blob/master/event/meta.md */
import type { Clock } from '../../hub/clock.ts';
import type { HubAccess } from '../../hub/face.ts';
import { toStatus } from './actions/implementation.ts';
import type { Bot } from './rights.ts';

export interface MetaHost {
  hub: Pick<HubAccess, 'accounts'>;
  clock: Pick<Clock, 'now'>;
}

/** The first thing that a bot is told: NoneBot takes no notice of what comes before it. */
export function toLifecycle({ clock }: MetaHost, { selfId }: Bot, subType: 'connect' | 'enable'): string {
  return toMeta(clock, selfId, { meta_event_type: 'lifecycle', sub_type: subType });
}

export function toHeartbeat({ hub, clock }: MetaHost, bot: Bot, intervalMs: number): string {
  const status = toStatus(hub, bot);
  return toMeta(clock, bot.selfId, { meta_event_type: 'heartbeat', status, interval: intervalMs });
}

function toMeta(clock: Pick<Clock, 'now'>, selfId: number, event: object): string {
  const time = Math.floor(clock.now() / 1000);
  return JSON.stringify({ time, self_id: selfId, post_type: 'meta_event', ...event });
}
