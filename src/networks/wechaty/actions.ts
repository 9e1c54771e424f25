/** What the hub can have an account of WeChat do, beside saying something (sends.ts). */
import { DeliveryError, RequestError } from '../../hub/errors.ts';
import type { Actions, Limits } from '../../hub/network.ts';
import type { WechatyConfig } from './config.ts';
import { toContactDetails } from './contact-details.ts';
import type { DriverClient } from './driver-client.ts';
import { toDeliveryError } from './failures.ts';
import type { People } from './people.ts';
import { toDirectRoom, toPeer, type Places } from './places.ts';
import { answerRequest } from './requests.ts';
import type { Sends } from './sends.ts';

/** WeChat lets one take back what was said so long ago. */
const RECALL_MS = 120_000;
/** How much longer than a call a send may take: its file is handed over, its echo is waited for. */
const SEND_MORE_MS = 130_000;

/** What WeChat takes, as far as it is known, and what the settings say of it. */
export function toLimits(config: WechatyConfig): Limits {
  return {
    textBytes: config.textBytes,
    mediaAlone: true,
    sendsUnderWay: 1,
    sendTimeoutMs: config.callSeconds * 1000 + SEND_MORE_MS,
    sendsPerSecond: config.sendsPerSecond,
    recallWindowMs: RECALL_MS,
    aliveMs: config.aliveSeconds * 1000,
  };
}

export interface Acting {
  client: DriverClient;
  sends: Sends;
  places: Places;
  people: People;
}

/** What an account that is logged in can do. */
export function toActions({ client, sends, places, people }: Acting): Actions {
  return {
    send: (message) => sends.send(message),
    find: (sought) => sends.find(sought),
    async recall({ target }) {
      let isDone: boolean;
      try {
        isDone = await client.call('recall', [target]);
      } catch (error) {
        throw toDeliveryError(error);
      }
      if (!isDone) throw new DeliveryError('failed', 'WeChat did not take it back', { permanent: true });
    },
    answer: (answer) => answerRequest(client, answer),
    direct(user) {
      if (user !== '' && user !== '?') return toDirectRoom(user);
      throw new RequestError('person-away', 'who that is, the puppet did not tell');
    },
    async rooms() {
      try {
        await places.list();
        const contacts = people
          .contacts()
          .map(({ id, name }) => ({ room: toDirectRoom(id), name, direct: true }));
        return [...places.groups(), ...contacts];
      } catch (error) {
        throw toDeliveryError(error);
      }
    },
    members(room) {
      const peer = toPeer(room);
      return peer === undefined
        ? people.members(places.idOf(room))
        : [{ id: peer, name: people.nameOf(peer) }];
    },
    async contact(user) {
      try {
        return toContactDetails(await client.call('contact', [user]));
      } catch (error) {
        throw toDeliveryError(error);
      }
    },
  };
}
