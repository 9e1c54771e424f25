// A link to a file beside the text. Clients show it as a picture where the body is the same link and nothing else.
import { defineStanza } from '../stanza/define.ts';
import { subText } from '../stanza/field.ts';
import { Message } from '../stanza/message.ts';
import { definePlugin } from '../toolkit/plugin.ts';

/** @see XEP-0066 §3 */
const OOB_NS = 'jabber:x:oob';

/** A link, with a description. */
export const OutOfBand = defineStanza({
  name: 'x',
  namespace: OOB_NS,
  plugin: 'oob',
  interfaces: { url: subText(), desc: subText() },
});

/** A link that came with a message. */
export interface Link {
  readonly url: string;
  readonly description: string | undefined;
}

/** Out of band data in messages. @see XEP-0066 */
export const Oob = definePlugin({
  name: 'xep_0066',
  description: 'Links to files',
  init({ registerStanza, addFeature }) {
    registerStanza(Message, OutOfBand, { iterable: true });
    addFeature(OOB_NS);
    return {
      /** The links of a message that are on http or https; others are left out, for they open who knows what. */
      linksOf: (message: Message): readonly Link[] =>
        message.subs(OutOfBand).flatMap(({ url, desc }) => (isWeb(url) ? [{ url, description: desc }] : [])),
      /** Makes a message a link: the body too, so that every client shows it. */
      attach(message: Message, url: string): Message {
        message.body = url;
        message.append(OutOfBand.create({ url }));
        return message;
      },
    };
  },
});

/** Whether a link leads to the web. */
export function isWeb(url: string | undefined): url is string {
  if (url === undefined || !URL.canParse(url)) return false;
  return ['http:', 'https:'].includes(new URL(url).protocol);
}
