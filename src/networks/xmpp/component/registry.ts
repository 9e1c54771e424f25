/**
 * Who has registered with the component: they have it as a contact, see what is linked and may use its commands. Who
 * takes it out of their contacts has ended that, as a gateway's users expect.
 *
 * @see XEP-0077, XEP-0100
 */
import type { Clock } from '../../../hub/clock.ts';
import type { AccountStore } from '../../../hub/network.ts';
import { xml, type XmlElement } from '../../../wire/xmpp/element.ts';
import type { Jid } from '../../../wire/xmpp/jid.ts';
import { DataForm, FormField } from '../../../wire/xmpp/plugins/forms.ts';
import type { RegistrationDesk } from '../../../wire/xmpp/plugins/registration.ts';
import { StanzaErrorReply } from '../../../wire/xmpp/stanza-error.ts';

const KEY_PREFIX = 'registered/';
/** People who can be registered at once. */
const REGISTERED_LIMIT = 10_000;

export interface RegistrySettings {
  /** The component's domain. */
  component: string;
  /** The servers whose people may register. */
  domains: readonly string[];
  /** May register from anywhere. */
  admins: readonly string[];
  clock: Clock;
  /** Whether a bare address is a room: who asks by way of one is nobody in particular. */
  isRoom(this: void, jid: string): boolean;
  /** Sends a presence, if there is a stream. */
  send(this: void, presence: XmlElement): void;
}

export class Registry implements RegistrationDesk {
  readonly #settings: RegistrySettings;
  readonly #registered = new Set<string>();
  #store: AccountStore | undefined;

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  /** A run begins. Resolves when everybody is known who registered in earlier ones. */
  async open(store: AccountStore): Promise<void> {
    this.#store = store;
    const found = await store.list(KEY_PREFIX);
    for (const [key] of found) this.#registered.add(key.slice(KEY_PREFIX.length));
  }

  /** @param jid bare */
  has(jid: string): boolean {
    return this.#registered.has(jid);
  }

  /** The component has come, or goes: whoever has it as a contact sees that. */
  announce(type?: 'unavailable'): void {
    for (const jid of this.#registered) this.#tell(jid, type);
  }

  async form(from: Jid): ReturnType<RegistrationDesk['form']> {
    this.#require(from);
    const form = DataForm.create({
      type: 'form',
      title: 'Registration',
      instructions: 'Nothing has to be filled in: send it to see which rooms are linked, and who is in them.',
    });
    form.append(FormField.create({ var: 'FORM_TYPE', type: 'hidden', values: ['jabber:iq:register'] }));
    return { form, registered: this.has(from.toString()) };
  }

  async submit(from: Jid): Promise<void> {
    this.#require(from);
    const jid = from.toString();
    if (!this.has(jid)) {
      if (this.#registered.size >= REGISTERED_LIMIT) {
        throw new StanzaErrorReply('resource-constraint', 'wait', 'Too many people are registered.');
      }
      await this.#store?.set(KEY_PREFIX + jid, JSON.stringify({ at: this.#settings.clock.now() }));
      this.#registered.add(jid);
    }
    this.#tell(jid, 'subscribe');
    this.#tell(jid);
  }

  async cancel(from: Jid): Promise<void> {
    const jid = from.toString();
    if (!this.has(jid)) throw new StanzaErrorReply('registration-required', 'auth');
    await this.#store?.set(KEY_PREFIX + jid, undefined);
    this.#registered.delete(jid);
    for (const type of ['unavailable', 'unsubscribe', 'unsubscribed'] as const) this.#tell(jid, type);
  }

  /** Takes a presence to the component's own address; true when it was about a registration. */
  takePresence(stanza: XmlElement, from: Jid): boolean {
    if (stanza.attr('type') !== 'unsubscribe' || !this.has(from.bare.toString())) return false;
    this.cancel(from.bare).catch(() => {
      // It could not be written down: the registration stays, and can be taken back by its form.
    });
    return true;
  }

  #require(from: Jid): void {
    const { domains, admins, isRoom } = this.#settings;
    if (isRoom(from.toString()) || from.local === '') {
      throw new StanzaErrorReply('not-acceptable', 'modify', 'Register with your own address.');
    }
    if (!domains.includes(from.domain) && !admins.includes(from.toString())) {
      throw new StanzaErrorReply('not-allowed', 'cancel', 'People of your server may not register here.');
    }
  }

  #tell(to: string, type?: 'subscribe' | 'unsubscribe' | 'unsubscribed' | 'unavailable'): void {
    this.#settings.send(xml('presence', { from: this.#settings.component, to, type }));
  }
}
