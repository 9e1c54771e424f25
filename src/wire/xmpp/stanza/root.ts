// What messages, presences and IQs have in common: they travel by themselves, so they have addresses and can be sent.
import type { IqRequestOptions } from '../iq.ts';
import { XmppError } from '../errors.ts';
import type { Jid } from '../jid.ts';
import { jid } from './codec.ts';
import { attribute } from './field.ts';
import { Stanza } from './stanza.ts';

/** How a request is sent: its own timeout in milliseconds, a signal that calls it off, messages that belong to it. */
export type SendOptions = IqRequestOptions;

/** Sends stanzas: what a client gives the stanzas it makes and receives. */
export interface StanzaSender {
  /** Sends, and waits for an answer where it is an IQ request. */
  sendStanza(stanza: Stanza, options?: SendOptions): Promise<Stanza | undefined>;
  /** The stream wants to be told who speaks (XEP-0114): answers come from whom the request went to. */
  readonly needsFrom: boolean;
}

/** The addresses of a stanza. Written as text or as Jid, read as Jid; undefined where absent or malformed. */
export interface Addressed {
  get to(): Jid | undefined;
  set to(value: Jid | string | null | undefined);
  get from(): Jid | undefined;
  set from(value: Jid | string | null | undefined);
  id: string | undefined;
}

/** A message, presence or IQ. */
export class RootStanza extends Stanza {
  #sender: StanzaSender | undefined;

  /** Who sends it; undefined for a stanza made without a client. */
  get sender(): StanzaSender | undefined {
    return this.#sender;
  }

  /** Says who sends it. */
  via(sender: StanzaSender | undefined): this {
    this.#sender = sender;
    return this;
  }

  /** Used by the subclasses' `send`. */
  protected async sendRoot(options?: SendOptions): Promise<Stanza | undefined> {
    if (this.#sender === undefined) {
      throw new XmppError('xmpp-not-connected', 'not sent: the stanza was made without a client; see via()');
    }
    return this.#sender.sendStanza(this, options);
  }

  /** Addresses this as an answer to what came from there. */
  protected answerTo(request: RootStanza): this {
    this.via(request.sender);
    this.setAttr('to', request.attr('from'));
    this.setAttr('from', request.sender?.needsFrom === true ? request.attr('to') : undefined);
    return this;
  }
}

/** The interfaces of {@link Addressed}, for the declarations of the three stanzas. */
export const addressed = {
  id: attribute(),
  to: attribute(jid),
  from: attribute(jid),
} as const;
