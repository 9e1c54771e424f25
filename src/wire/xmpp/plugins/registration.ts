// Making and ending accounts in band; and for components, letting people register with what they offer.
import { XmppError } from '../errors.ts';
import type { Jid } from '../jid.ts';
import { StanzaErrorReply } from '../stanza-error.ts';
import { text } from '../stanza/codec.ts';
import { defineStanza } from '../stanza/define.ts';
import type { StanzaOf } from '../stanza/definition.ts';
import { child, flag, subText } from '../stanza/field.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';
import { DataForm, fillForm, Forms, readForm, type FormValue } from './forms.ts';

/** @see XEP-0077 */
const REGISTER_NS = 'jabber:iq:register';

const FIELDS = ['username', 'nick', 'password', 'name', 'first', 'last', 'email', 'url', 'key'] as const;
type FieldName = (typeof FIELDS)[number];

/** What is asked for, or answered. An element without text asks for it. */
export const Registration = defineStanza({
  name: 'query',
  namespace: REGISTER_NS,
  plugin: 'register',
  interfaces: {
    instructions: subText(),
    registered: flag(),
    remove: flag(),
    username: subText(text, { keepEmpty: true }),
    nick: subText(text, { keepEmpty: true }),
    password: subText(text, { keepEmpty: true }),
    name: subText(text, { keepEmpty: true }),
    first: subText(text, { keepEmpty: true }),
    last: subText(text, { keepEmpty: true }),
    email: subText(text, { keepEmpty: true }),
    url: subText(text, { keepEmpty: true }),
    key: subText(text, { keepEmpty: true }),
    form: child(DataForm),
  },
});
export type Registration = StanzaOf<typeof Registration>;

/**
 * What a component asks of who wants to register. `from` is bare; who asks by way of a room has the room's address, so
 * refuse the addresses of rooms.
 */
export interface RegistrationDesk {
  /** The form; `registered` where this address has done so before. */
  form(from: Jid): Promise<{ readonly form: DataForm; readonly registered: boolean }>;
  /**
   * Somebody registered, or changed what they said. Throw a StanzaErrorReply (`not-acceptable`, `conflict`) to refuse.
   */
  submit(from: Jid, values: ReadonlyMap<string, readonly string[]>): Promise<void>;
  /** Somebody takes it back. */
  cancel(from: Jid): Promise<void>;
}

/** In-band registration. @see XEP-0077 */
export const Registrations = definePlugin({
  name: 'xep_0077',
  description: 'In-band registration',
  dependencies: [Forms],
  init({ client, on, registerStanza }) {
    registerStanza(Iq, Registration);
    let desk: RegistrationDesk | undefined;

    on('iq@type=get/register', async (iq) => {
      if (desk === undefined) return undefined;
      const { form, registered } = await desk.form(askerOf(iq));
      const answer = Registration.create({ registered, instructions: form.instructions });
      return answer.append(form.clone());
    });
    on('iq@type=set/register', async (iq) => {
      if (desk === undefined) return undefined;
      const query = iq.sub(Registration);
      const from = askerOf(iq);
      if (query.remove) await desk.cancel(from);
      else await desk.submit(from, readValues(query));
      return iq.reply();
    });

    const read = async (to?: Address, options?: AskOptions): Promise<Registration> =>
      contentOf(await ask(client, 'get', to, Registration.create(), options), Registration);
    return {
      /** What somebody wants to know of who registers; undefined: the own server. @throws IqError, IqTimeout, XmppError */
      read,
      /**
       * Registers: by the form where there is one, else by the old fields.
       *
       * @throws XmppError `xmpp-value-invalid` for what is not asked for; IqError (`conflict`: taken), IqTimeout
       */
      async register(
        to: Address | undefined,
        values: Readonly<Record<string, FormValue>>,
        options?: AskOptions,
      ): Promise<void> {
        const wanted = await read(to, options);
        const form = wanted.findSub(DataForm);
        const answer = Registration.create();
        if (form === undefined) {
          for (const [name, value] of Object.entries(values)) {
            const field = FIELDS.find((each) => each === name);
            if (field === undefined || wanted[field] === undefined) {
              throw new XmppError('xmpp-value-invalid', `nobody asks for "${name}"`);
            }
            answer[field] = String(value);
          }
          if (wanted.key !== undefined) answer.key = wanted.key;
        } else {
          answer.append(fillForm(form, values));
        }
        await ask(client, 'set', to, answer, options);
      },
      /** Takes a registration back; of the own server: ends the account. @throws IqError, IqTimeout, XmppError */
      async cancel(to: Address | undefined, options?: AskOptions): Promise<void> {
        await ask(client, 'set', to, Registration.create({ remove: true }), options);
      },
      /** Changes the own password. @throws IqError, IqTimeout, XmppError */
      async changePassword(password: string, options?: AskOptions): Promise<void> {
        const { jid } = client;
        if (jid === undefined) throw new XmppError('xmpp-not-connected', 'not logged in');
        await ask(client, 'set', jid.domain, Registration.create({ username: jid.local, password }), options);
      },
      /** Lets people register with this component, from now on. @returns ends that */
      open(opened: RegistrationDesk): () => void {
        desk = opened;
        const removeFeature = client.features.add(REGISTER_NS);
        return () => {
          removeFeature();
          if (desk === opened) desk = undefined;
        };
      },
    };
  },
});

function askerOf(iq: Iq): Jid {
  if (iq.from === undefined) throw new StanzaErrorReply('jid-malformed', 'modify');
  return iq.from.bare;
}

function readValues(query: Registration): ReadonlyMap<string, readonly string[]> {
  const form = query.findSub(DataForm);
  if (form !== undefined) {
    if (form.type !== 'submit') throw new StanzaErrorReply('bad-request', 'modify');
    return readForm(form);
  }
  const given = FIELDS.flatMap((name: FieldName) => {
    const value = query[name];
    return value === undefined ? [] : [[name, [value]] as const];
  });
  return new Map(given);
}
