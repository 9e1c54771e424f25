// Which program somebody runs.
import { defineStanza } from '../stanza/define.ts';
import { subText } from '../stanza/field.ts';
import { Iq } from '../stanza/iq.ts';
import { definePlugin } from '../toolkit/plugin.ts';
import { ask, contentOf, type Address, type AskOptions } from './ask.ts';

const VERSION_NS = 'jabber:iq:version';

/** @see XEP-0092 */
export const VersionQuery = defineStanza({
  name: 'query',
  namespace: VERSION_NS,
  plugin: 'software_version',
  interfaces: { name: subText(), version: subText(), os: subText() },
});

/** A program. */
export interface SoftwareVersion {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly os: string | undefined;
}

/** Software version. Its settings are what is told to who asks; `os` is told where it is set. @see XEP-0092 */
export const Version = definePlugin({
  name: 'xep_0092',
  description: 'Software version',
  defaults: { name: 'hutong', version: '', os: '' },
  init({ client, config, on, registerStanza, addFeature }) {
    registerStanza(Iq, VersionQuery);
    addFeature(VERSION_NS);
    on('iq@type=get/software_version', () => VersionQuery.create({ ...config }));
    return {
      /** Asks somebody. @throws IqError, IqTimeout, XmppError */
      async query(to: Address, options: AskOptions = {}): Promise<SoftwareVersion> {
        const answer = contentOf(await ask(client, 'get', to, VersionQuery.create(), options), VersionQuery);
        return { name: answer.name, version: answer.version, os: answer.os };
      },
    };
  },
});
