/** What the house says to people in its web room, guests included. */
import type { Sentence } from './hub-text.ts';

export const houseSentencesZh: readonly Sentence[] = [
  // Coming in.
  ['Please join first', '请先进来'],
  ['Please enter a name', '请填一个名字'],
  ['Please log in; guests do not come in here', '请先登录，这里不接待访客'],
  ['You have joined already', '你已经进来了'],
  ['The login is over', '登录已失效'],
  ['{text} is full; please come back later', '{text} 满了，请晚点再来'],
  // Names.
  ['The name {text} is in use; please choose another', '名字“{text}”有人用了，请换一个'],
  ['The name {text} is reserved; please try another', '名字“{text}”是保留的，请换一个'],
  ['You are called {text} already', '你已经叫 {text} 了'],
  ['A name is one word, without spaces; please try another', '名字是一个词，不带空格，请换一个'],
  [
    'A name has no @ in it, that is for people of other networks; please try another',
    '名字里不能有 @，那是给别的网络的人用的，请换一个',
  ],
  [
    'A name is made of letters, figures and _ . - only; please try another',
    '名字只能用文字、数字和 _ . -，请换一个',
  ],
  ['A name has at most {n} characters; please try another', '名字最多 {n} 个字符，请换一个'],
  // Rooms and people.
  ['There is no room {text} - the only room is {text2}', '没有房间 {text}，只有 {text2}'],
  ['There is no room {text} - the rooms are {text2}', '没有房间 {text}，有的是 {text2}'],
  ['You are in {text} already', '你已经在 {text} 里了'],
  ['Nobody called {text} is in this house', '本院没有叫 {text} 的人'],
  ['{text} takes no private messages from you', '{text} 不接受你的私信'],
  // Messages and files.
  ['That message is not yours', '那不是你的消息'],
  ['That message is not there any more, or is too old', '那条消息已经没有了，或者太旧'],
  ['This was not {known} ({why})', '没有{known}（{why}）'],
  ['This was not {known} ({why}) - {text}', '没有{known}（{why}）：{text}'],
  ['the disk is full here; please try again later', '这里的磁盘满了，请晚点再试'],
  ['nothing can be kept here at the moment; please try again later', '这里暂时什么都存不了，请晚点再试'],
  ['Something went wrong here; it is in the log', '这里出了错，日志里有记录'],
  ['That file is too large', '文件太大'],
  ['That file could not be kept', '文件没能保存'],
  ['That file is not kept here; please upload it again', '文件已不在这里，请重新上传'],
  ['Files are not taken here', '这里不收文件'],
  ['Only who has joined can upload', '进来之后才能上传'],
  // What was not done.
  ['said', '说出去'],
  ['sent', '发出去'],
  ['changed', '改'],
  ['taken back', '撤回'],
  ['shown', '显示'],
];
