/** A hub process that links a room of the house, one on a real Prosody and a QQ group of the fake implementation. */
import { Access } from '../../src/hub/access.ts';
import { GROUP, OneBotImplementation } from '../fakes/onebot-implementation.ts';
import { HubHome, type HubProcess } from '../servers/hub-process.ts';
import { startProsody } from '../servers/prosody.ts';
import { MUC_DOMAIN, type XmppServer } from '../servers/xmpp-server.ts';
import { Guest, USERS } from './bridge-guest.ts';
import { ENVIRONMENT, toYaml } from './bridge-hub.ts';
import { Onlooker } from './bridge-people.ts';

export const ALLEY = `alley@${MUC_DOMAIN}`;
export const YARD = `qq/group:${GROUP}` as const;
const TOKEN = 'secret-of-the-implementation';

export interface ThreeRooms extends AsyncDisposable {
  qq: OneBotImplementation;
  /** In the XMPP room. */
  bea: Guest;
  /** In the house, by telnet. */
  ann: Onlooker;
  hub: HubProcess;
  home: HubHome;
  /** Asks the REST face. */
  rest(this: void, method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  /** Writes the configuration anew, with these settings of the QQ account. */
  configure(more: string): Promise<void>;
  /** What programs need to attach to the hub by OneBot: its address and a token that may hear and speak everywhere. */
  onebot: { url: string; token: string };
}

/** A further account, as a line of hutong.yaml, and its room in the link. */
export interface Beside {
  account: string;
  room: string;
}

export async function openThreeRooms(more = '', beside?: Beside): Promise<ThreeRooms> {
  const stack = new AsyncDisposableStack();
  const server: XmppServer = stack.use(
    await startProsody({ users: USERS, extraConfig: 'muc_room_default_persistent = true' }),
  );
  const qq = stack.use(await new OneBotImplementation({ token: TOKEN }).listen());
  const bea = stack.use(await Guest.connect(server, 'bea', ALLEY));
  const yaml = (settings: string) =>
    toYaml(
      { jabber: server },
      [['house/lobby', `jabber/${ALLEY}`, `"${YARD}"`, ...(beside ? [beside.room] : [])]],
      `  qq: { network: onebot, url: "${qq.url}", token: "\${QQ_TOKEN}", sendsPerSecond: 100, avatars: false${settings} }\n${beside?.account ?? ''}`,
    ) + 'faces: { onebot: {} }\nmedia: { allow: ["127.0.0.1"] }\n';
  const home = stack.use(await HubHome.create(yaml(more), { ...ENVIRONMENT, QQ_TOKEN: TOKEN }));
  const hub = home.start();
  const ann = stack.use(await Onlooker.enter(await hub.telnet(), 'ann'));
  await hub.said(/"msg":"joined"/);
  await qq.until(() => qq.calls.some(({ action }) => action === 'get_group_msg_history'));
  const base = `http://${await hub.http()}`;
  await using journal = await home.openJournal();
  const token = await new Access(journal).createToken({
    name: 'bot',
    scopes: ['send', 'read'],
    createdAt: 0,
  });
  return {
    qq,
    bea,
    ann,
    hub,
    home,
    async rest(method, path, body) {
      const response = await fetch(base + path, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined || body instanceof Uint8Array ? {} : { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && {
          body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
        }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    },
    configure: (settings) => home.write(yaml(settings)),
    onebot: { url: `${base.replace('http', 'ws')}/onebot`, token },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
