/** The screens by name. Each is a file of its own to the browser, loaded when somebody goes there. */
import type { ComponentType } from 'preact';
import { lazy } from './lazy.tsx';
import type { ScreenName } from './router.ts';

/** Each loads its code when it is first drawn. */
export const screens: Readonly<Record<ScreenName, ComponentType>> = {
  overview: lazy(() => import('../screens/overview/overview.tsx').then((module) => module.Overview)),
  live: lazy(() => import('../screens/live/live.tsx').then((module) => module.Live)),
  queue: lazy(() => import('../screens/queue/queue.tsx').then((module) => module.Queue)),
  requests: lazy(() => import('../screens/requests/requests.tsx').then((module) => module.Requests)),
  rooms: lazy(() => import('../screens/rooms/rooms.tsx').then((module) => module.Rooms)),
  links: lazy(() => import('../screens/links/links.tsx').then((module) => module.Links)),
  connect: lazy(() => import('../screens/connect/connect.tsx').then((module) => module.Connect)),
  bots: lazy(() => import('../screens/bots/bots.tsx').then((module) => module.Bots)),
  settings: lazy(() => import('../screens/settings/settings.tsx').then((module) => module.Settings)),
};
