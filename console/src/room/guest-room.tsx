/** The web room without the console around it. */
import { route } from '../app/router.ts';
import { WebRoom } from './web-room.tsx';

/** A guest may not ask which network an account is on: its name has to do. */
const unknownNetwork = () => undefined;

export function GuestRoom() {
  const { guestOf, parameters } = route.value;
  if (guestOf === undefined) return null;
  const room = parameters.get('room');
  return <WebRoom account={guestOf} {...(room === undefined ? {} : { room })} networkOf={unknownNetwork} />;
}
