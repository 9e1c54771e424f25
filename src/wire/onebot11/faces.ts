/**
 * QQ's own faces and the emoji that say about the same. Collected by their numbers and Chinese names as QQ's clients
 * show them; where several faces have one emoji, the first is what that emoji becomes on the way back.
 */

const table = `
14 🙂 微笑|1 😟 撇嘴|2 😍 色|3 😳 发呆|4 😎 得意|5 😢 流泪|6 ☺️ 害羞|7 🤐 闭嘴|8 😴 睡|9 😭 大哭|10 😅 尴尬|11 😡 发怒
12 😜 调皮|13 😁 呲牙|0 😮 惊讶|15 🙁 难过|16 😎 酷|18 😫 抓狂|19 🤮 吐|20 🤭 偷笑|21 😊 可爱|22 🙄 白眼|23 😤 傲慢
24 🤤 饥饿|25 😪 困|26 😱 惊恐|27 😓 流汗|28 😄 憨笑|29 😌 悠闲|30 💪 奋斗|31 🤬 咒骂|32 ❓ 疑问|33 🤫 嘘|34 😵 晕
35 😖 折磨|36 😣 衰|37 💀 骷髅|38 🔨 敲打|39 👋 再见|41 🥶 发抖|42 💕 爱情|43 🤸 跳跳|46 🐷 猪头|49 🤗 拥抱|53 🎂 蛋糕
54 ⚡ 闪电|55 💣 炸弹|56 🔪 刀|57 ⚽ 足球|59 💩 便便|60 ☕ 咖啡|61 🍚 饭|63 🌹 玫瑰|64 🥀 凋谢|66 ❤️ 爱心|67 💔 心碎
69 🎁 礼物|74 ☀️ 太阳|75 🌙 月亮|76 👍 赞|77 👎 踩|78 🤝 握手|79 ✌️ 胜利|85 😘 飞吻|86 😤 怄火|89 🍉 西瓜|96 😰 冷汗
97 😅 擦汗|98 👃 抠鼻|99 👏 鼓掌|100 😳 糗大了|101 😏 坏笑|102 😤 左哼哼|103 😤 右哼哼|104 🥱 哈欠|105 👎 鄙视|106 🥺 委屈
107 😢 快哭了|108 😈 阴险|109 😚 左亲亲|110 😨 吓|111 🥺 可怜|112 🔪 菜刀|113 🍺 啤酒|114 🏀 篮球|115 🏓 乒乓|116 💋 示爱
117 🐞 瓢虫|118 🙏 抱拳|119 👈 勾引|120 ✊ 拳头|121 👎 差劲|122 🤟 爱你|123 🙅 NO|124 👌 OK|125 💃 转圈|129 👋 挥手
137 🧨 鞭炮|144 🎉 喝彩|146 💢 爆筋|147 🍭 棒棒糖|148 🍼 喝奶|169 🔫 手枪|171 🍵 茶|172 😉 眨眼睛|173 😭 泪奔|174 🤷 无奈
175 😺 卖萌|176 😖 小纠结|178 😏 斜眼笑|179 🐶 doge|181 👉 戳一戳|182 😂 笑哭|183 💅 我最美|187 👻 幽灵|188 🥚 蛋
201 👍 点赞|212 🤔 托腮|264 🤦 捂脸|265 🙈 辣眼睛|268 🤨 问号脸|269 👀 暗中观察|270 😑 emm|271 🍉 吃瓜|273 🍋 我酸了
277 🐶 汪汪|281 😂 无眼笑|282 🫡 敬礼|283 🤣 狂笑|284 😐 面无表情|285 🐟 摸鱼|289 👀 睁眼|294 🤩 期待|297 🙇 拜谢|299 🐂 牛啊
305 😘 右亲亲|307 🐱 喵喵|311 📣 打call|314 🧐 仔细分析|318 🤩 崇拜|319 🫰 比心|320 🎉 庆祝|322 🙅 拒绝|324 🍬 吃糖|326 😠 生气
`;

const entries = table
  .trim()
  .split(/[|\n]/)
  .map((entry) => entry.split(' '));
const emojiById = new Map(entries.map(([id = '', emoji = '']) => [id, emoji]));
/** Variation selectors make no difference to what is meant. */
const idByEmoji = new Map(entries.toReversed().map(([id = '', emoji = '']) => [toPlain(emoji), id]));

/** Reactions with numbers from here on are code points of Unicode. */
const FIRST_CODE_POINT = 5000;
const LAST_CODE_POINT = 0x10_ffff;

/** A face as an emoji; its number in brackets where there is none that says the same. */
export function toFaceEmoji(id: string): string {
  return emojiById.get(id) ?? `[QQ face ${id}]`;
}

/** The face that says the same as an emoji, if there is one. */
export function toFaceId(emoji: string): string | undefined {
  return idByEmoji.get(toPlain(emoji));
}

/** A reaction's number as an emoji. */
export function toReactionEmoji(id: string): string {
  const number = Number(id);
  const isCodePoint = Number.isInteger(number) && number >= FIRST_CODE_POINT && number <= LAST_CODE_POINT;
  return isCodePoint ? String.fromCodePoint(number) : toFaceEmoji(id);
}

/** The number of a reaction with this emoji; undefined for what is none that QQ could show. */
export function toReactionId(emoji: string): string | undefined {
  const face = toFaceId(emoji);
  if (face !== undefined) return face;
  const codePoints = [...toPlain(emoji)];
  const number = codePoints.length === 1 ? (emoji.codePointAt(0) ?? 0) : 0;
  return number >= FIRST_CODE_POINT ? String(number) : undefined;
}

function toPlain(emoji: string): string {
  return emoji.replaceAll('\ufe0f', '');
}
