/**
 * Every method of the API, for either side.
 *
 * @see https://satori.chat/zh-CN/protocol/api.html
 */
export const METHODS = [
  'channel.get',
  'channel.list',
  'channel.create',
  'channel.update',
  'channel.delete',
  'channel.mute',
  'message.create',
  'message.update',
  'message.delete',
  'message.get',
  'message.list',
  'reaction.create',
  'reaction.delete',
  'reaction.clear',
  'reaction.list',
  'upload.create',
  'guild.get',
  'guild.list',
  'guild.approve',
  'guild.member.get',
  'guild.member.list',
  'guild.member.kick',
  'guild.member.mute',
  'guild.member.approve',
  'guild.member.role.set',
  'guild.member.role.unset',
  'guild.member.role.list',
  'guild.role.list',
  'guild.role.create',
  'guild.role.update',
  'guild.role.delete',
  'login.get',
  'user.get',
  'user.channel.create',
  'friend.list',
  'friend.delete',
  'friend.approve',
] as const;

export type Method = (typeof METHODS)[number];

export function isMethod(name: string): name is Method {
  return (METHODS as readonly string[]).includes(name);
}
