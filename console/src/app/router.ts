/**
 * Which screen shows: the part of the address behind `#`. Not paths, because the web server answers an unknown path
 * with 404 and never with the console's page.
 */
import { signal } from '@preact/signals';

/** As they are written in the address. */
export const screenNames = [
  'overview',
  'live',
  'queue',
  'requests',
  'rooms',
  'links',
  'connect',
  'bots',
  'settings',
] as const;

export type ScreenName = (typeof screenNames)[number];

export interface Route {
  screen: ScreenName;
  /** The house that somebody comes into as a guest, without logging in. */
  guestOf?: string;
  parameters: ReadonlyMap<string, string>;
}

/** What the house is called where nobody chose another name. */
const usualHouse = 'house';

/** Where one is. Changes with the address. */
export const route = signal<Route>(parseRoute(location.hash));

/** Follows the address from now on. */
export function watchRoute(): void {
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
  });
}

/** Where guests come in. */
export const guestHref = '#/guest';

/** The address of a screen, for a link's `href`. */
export function toHref(screen: ScreenName, parameters: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return `#/${screen}${query === '' ? '' : `?${query}`}`;
}

/** Goes to a screen, as a link would. */
export function navigate(screen: ScreenName, parameters?: Readonly<Record<string, string>>): void {
  location.hash = toHref(screen, parameters);
}

/** An address that names no screen is the overview. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const screen = screenNames.find((name) => name === path) ?? 'overview';
  const parameters = new Map(new URLSearchParams(query));
  if (path !== 'guest') return { screen, parameters };
  return { screen: 'rooms', parameters, guestOf: parameters.get('house') ?? usualHouse };
}
