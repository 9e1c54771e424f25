// "It arrived": asked for, told, and waited for.
import { defineStanza } from '../stanza/define.ts';
import { attribute } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { createId } from '../iq.ts';
import { createMatcher } from '../matcher/matcher.ts';
import type { Stanza } from '../stanza/stanza.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { DELAY_NS } from '../stanza-ids.ts';
import { childOf } from './child-of.ts';
import { addHints } from './hints.ts';
import { Listeners } from './listeners.ts';

const RECEIPTS_NS = 'urn:xmpp:receipts';

/** Asks for a receipt. @see XEP-0184 */
export const ReceiptRequest = defineStanza({
  name: 'request',
  namespace: RECEIPTS_NS,
  plugin: 'receipt_request',
});

/** Says that the message with this id arrived. */
export const Receipt = defineStanza({
  name: 'received',
  namespace: RECEIPTS_NS,
  plugin: 'receipt',
  interfaces: { id: attribute() },
});

/** A message of ours that arrived; believe it where that message went to `message.from`. */
export interface Received {
  readonly id: string;
  readonly message: Message;
}

/**
 * Delivery receipts. With `answer`, whoever asks is told that the message arrived: also that somebody is there, so
 * switch it off for who may not know that. Messages of rooms and those that come late are not answered. @see XEP-0184
 */
export const Receipts = definePlugin({
  name: 'xep_0184',
  description: 'Delivery receipts',
  defaults: { answer: true },
  init({ client, config, log, on, registerStanza, addFeature }) {
    registerStanza(Message, ReceiptRequest);
    registerStanza(Message, Receipt);
    addFeature(RECEIPTS_NS);
    const receipts = new Listeners<Received>(log);

    const toReceipt = (message: Message): Message => {
      const receipt = client.message({ type: message.type }, message.from);
      if (client.needsFrom) receipt.from = message.to;
      receipt.append(Receipt.create({ id: message.id }));
      return addHints(receipt, 'store');
    };
    on('message/receipt_request', async (message) => {
      const isOwed = message.id !== undefined && (message.type === 'chat' || message.type === 'normal');
      const isLate = childOf(message, 'delay', DELAY_NS) !== undefined;
      // A receipt for a receipt would never end.
      if (!config.answer || !isOwed || isLate || message.findSub(Receipt) !== undefined) return;
      await toReceipt(message).send();
    });
    on('message/receipt', async (message) => {
      const { id } = message.sub(Receipt);
      if (id !== undefined && message.type !== 'error' && message.type !== 'groupchat') {
        await receipts.tell({ id, message });
      }
    });

    return {
      /** Hears of receipts. @returns ends that */
      onReceipt: receipts.add,
      /** The receipt for a message, where `answer` is off. */
      toReceipt,
      /**
       * Sends a message and resolves with its receipt. Only from the account that it went to does one count.
       *
       * @throws XmppError `xmpp-timeout` where none came in time, which does not mean that the message did not arrive
       */
      async send(
        message: Message,
        options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
      ) {
        message.sub(ReceiptRequest);
        message.id ??= createId();
        const { id, to } = message;
        const isReceipt = (stanza: Stanza): boolean =>
          Message.is(stanza) &&
          stanza.type !== 'error' &&
          stanza.findSub(Receipt)?.id === id &&
          to !== undefined &&
          stanza.from?.bare.equals(to.bare) === true;
        const waiting = new AbortController();
        const signal = AbortSignal.any([
          waiting.signal,
          ...(options.signal === undefined ? [] : [options.signal]),
        ]);
        const receipt = client.waitFor(createMatcher<Message>(`the receipt of ${id}`, isReceipt), {
          ...options,
          signal,
        });
        receipt.catch(() => {
          // Handed to the caller below, unless sending failed, which says more.
        });
        try {
          await client.sendStanza(message);
        } catch (error) {
          waiting.abort();
          throw error;
        }
        return receipt;
      },
    };
  },
});
