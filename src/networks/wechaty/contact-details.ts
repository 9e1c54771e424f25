/** What a puppet tells of a contact, for the account's own programs. */
import type { ContactDetails } from '../../hub/network.ts';
import type { Result } from './calls.ts';
import { CONTACT_GENDER } from './payloads.ts';

export function toContactDetails({
  alias,
  friend,
  gender,
  province,
  city,
}: Result<'contact'>): ContactDetails {
  return {
    ...(alias && { alias }),
    ...(gender === CONTACT_GENDER.male && { gender: 'male' }),
    ...(gender === CONTACT_GENDER.female && { gender: 'female' }),
    ...(province && { province }),
    ...(city && { city }),
    ...(typeof friend === 'boolean' && { isFriend: friend }),
  };
}
