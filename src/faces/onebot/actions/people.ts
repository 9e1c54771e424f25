/** Who there is: oneself, people, groups and their members. */
import { splitRoomRef, type AccountId, type RoomRef, type User } from '../../../hub/message.ts';
import { refuseUnknown } from '../failure.ts';
import { mayIn, seesAccount, type Bot } from '../rights.ts';
import { unsupported, type Actions, type Parts } from './action.ts';
import { findGroup } from './destination.ts';

type PeopleAction =
  | 'get_login_info'
  | 'get_stranger_info'
  | 'get_friend_list'
  | 'get_group_info'
  | 'get_group_list'
  | 'get_group_member_info'
  | 'get_group_member_list'
  | 'get_group_honor_info';

const hubName = 'hutong';
/** What nobody knows of somebody. */
const unknown = { sex: 'unknown', age: 0 };

export function createPeopleActions(parts: Parts): Actions<PeopleAction> {
  const { host, numbers, people, places } = parts;

  const showGroup = async (room: RoomRef, name: string) => ({
    group_id: await numbers.group(room),
    group_name: name,
    group_memo: '',
    group_create_time: 0,
    group_level: 0,
    member_count: host.hub.members(room).length,
    max_member_count: 0,
  });
  const showMember = async (room: RoomRef, user: User, bot: Bot) => ({
    group_id: await numbers.group(room),
    user_id: await people.number(room, user, bot),
    nickname: user.name,
    card: '',
    ...unknown,
    area: '',
    join_time: 0,
    last_sent_time: 0,
    level: '0',
    role: 'member',
    unfriendly: false,
    title: '',
    title_expire_time: 0,
    card_changeable: false,
  });
  const accountsOf = (bot: Bot): AccountId[] =>
    host.hub
      .accounts()
      .map(({ id }) => id)
      .filter((id) => seesAccount(bot, id));
  const groupsOf = async (bot: Bot): Promise<{ room: RoomRef; name: string }[]> => {
    const told = await Promise.all(
      // An account that cannot tell now has its groups again later; those of the others are told all the same.
      accountsOf(bot).map((account) => host.hub.rooms(account).catch(() => [])),
    );
    return told.flat().filter(({ room, direct }) => !direct && mayIn(bot, 'read', room));
  };

  return {
    get_login_info: {
      scope: 'read',
      async run(_, { account, selfId }) {
        const nickname = account === undefined ? hubName : (people.selfOf(account)?.name ?? account);
        return { user_id: selfId, nickname };
      },
    },
    get_stranger_info: {
      scope: 'read',
      async run({ user_id }, bot) {
        const found = await numbers.find(user_id);
        if (found?.kind === 'self' && user_id === bot.selfId) {
          const nickname =
            bot.account === undefined ? hubName : (people.selfOf(bot.account)?.name ?? bot.account);
          return { user_id, nickname, ...unknown };
        }
        if (found?.kind !== 'user' || !seesAccount(bot, found.account)) {
          return refuseUnknown(`there is nobody with the number ${user_id}`);
        }
        return { user_id, nickname: found.name, ...unknown };
      },
    },
    get_friend_list: {
      scope: 'read',
      async run(_, bot) {
        const peers = await Promise.all(accountsOf(bot).map((account) => places.peers(account)));
        const found = await Promise.all(
          peers.flat().map(async (user_id) => ({ user_id, user: await numbers.find(user_id) })),
        );
        return found.flatMap(({ user_id, user }) =>
          user?.kind === 'user' ? [{ user_id, nickname: user.name, remark: '' }] : [],
        );
      },
    },
    get_group_info: {
      scope: 'read',
      async run({ group_id }, bot) {
        const room = await findGroup(parts, group_id, bot, 'read');
        const told = await host.hub.rooms(splitRoomRef(room).account);
        return showGroup(room, told.find((each) => each.room === room)?.name ?? splitRoomRef(room).room);
      },
    },
    get_group_list: {
      scope: 'read',
      async run(_, bot) {
        const groups = await groupsOf(bot);
        return Promise.all(groups.map(({ room, name }) => showGroup(room, name)));
      },
    },
    get_group_member_info: {
      scope: 'read',
      async run({ group_id, user_id }, bot) {
        const room = await findGroup(parts, group_id, bot, 'read');
        for (const user of host.hub.members(room)) {
          if ((await people.number(room, user, bot)) === user_id) return showMember(room, user, bot);
        }
        const { account } = splitRoomRef(room);
        const self = people.selfOf(account);
        if (user_id === bot.selfId && self) return showMember(room, self, bot);
        // Whoever has just left is still asked for.
        const found = await numbers.find(user_id);
        if (found?.kind === 'user' && found.account === account) return showMember(room, found, bot);
        return refuseUnknown(`there is nobody with the number ${user_id} in this group`);
      },
    },
    get_group_member_list: {
      scope: 'read',
      async run({ group_id }, bot) {
        const room = await findGroup(parts, group_id, bot, 'read');
        return Promise.all(host.hub.members(room).map((user) => showMember(room, user, bot)));
      },
    },
    get_group_honor_info: unsupported('know honours of groups'),
  };
}
