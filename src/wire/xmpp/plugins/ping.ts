// "Are you there?", asked and answered.
import { NS } from '../namespaces.ts';
import { defineStanza } from '../stanza/define.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { IqError } from '../errors.ts';
import { ask, type Address, type AskOptions } from './ask.ts';

/** @see XEP-0199 */
export const PingRequest = defineStanza({ name: 'ping', namespace: NS.ping });

/** These errors came from the entity itself, which therefore is there. */
const ALIVE_CONDITIONS: ReadonlySet<string> = new Set(['feature-not-implemented', 'service-unavailable']);

/** Pings. @see XEP-0199 */
export const Ping = definePlugin({
  name: 'xep_0199',
  description: 'Ping',
  init({ client, on, registerStanza, addFeature }) {
    registerStanza(Iq, PingRequest);
    addFeature(NS.ping);
    on('iq@type=get/ping', (iq) => iq.reply());
    return {
      /**
       * The way there and back in milliseconds. Whoever answers that it knows no pings is there, too.
       *
       * @param to undefined: the own server
       * @throws IqError, IqTimeout, XmppError
       */
      async ping(to?: Address, options: AskOptions = {}): Promise<number> {
        const startedMs = performance.now();
        try {
          await ask(client, 'get', to ?? client.jid?.domain, PingRequest.create(), options);
        } catch (error) {
          const isAlive = error instanceof IqError && ALIVE_CONDITIONS.has(error.condition);
          // A server answers `service-unavailable` for an account, too: that says nothing about a person's client.
          if (!isAlive || error.stanza.attr('from') !== String(to)) throw error;
        }
        return performance.now() - startedMs;
      },
    };
  },
});
