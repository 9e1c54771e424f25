/**
 * What the codes of docs/errors.md mean, in Chinese, and what to do about them. Here are the codes with which the hub
 * answers; those of its libraries are only ever within the text of one of these.
 */

/** `title` says what is wrong, `act` what helps, where something does. */
interface HubProblem {
  title: string;
  act?: string;
}

export const hubProblemsZh: Readonly<Record<string, HubProblem>> = {
  // The configuration and the command line.
  'config-unreadable': {
    title: '读不了 hutong.yaml。',
    act: '看看文件在不在、hutong 有没有权限读、是不是 UTF-8 文本、有没有超过 1 MiB。',
  },
  'config-invalid': { title: 'hutong.yaml 有错，没有生效。', act: '改正下面指出的地方再试。' },
  'config-changed': { title: '文件被人改过了，这次修改没有写入。', act: '重新看一遍差异再生效。' },
  'config-unwritable': {
    title: '写不了 hutong.yaml 或数据目录里的密钥，什么都没有改。',
    act: '检查权限、是否只读、磁盘是否已满。',
  },
  'access-refused': {
    title: '不能这样新建或删除令牌、用户。',
    act: '换一个名字或更长的密码；要删除的，看看名字对不对。',
  },
  'listen-failed': {
    title: '端口不能监听，或者证书不能用。',
    act: '换一个端口，或停掉占用它的程序；证书问题就检查文件。',
  },
  // Accounts.
  'account-auth': { title: '网络拒绝了用户名、密码或令牌。', act: '不会自动重试，请改正设置。' },
  'account-setup': { title: '账号照现在的设置不能工作。', act: '不会自动重试，请修改设置。' },
  'account-unreachable': {
    title: '连不上网络的服务器，或它的证书不被接受。',
    act: '会自动重试；用 npm run hutong -- doctor 查原因。',
  },
  'account-silent': { title: '网络太久没有动静，连接已经不可信。', act: '会自动重新连接。' },
  'account-over': { title: '这次调用所在的连接已经结束。', act: '等账号重新连上再试。' },
  'account-unknown': { title: '没有这个账号。', act: '看看 hutong.yaml 里的名字。' },
  // Requests.
  'room-unknown': { title: '没有这个房间。', act: '房间写成 账号/房间。' },
  'message-unknown': { title: '没有这条消息：从来没有，或者已过保存期限。' },
  'request-unknown': { title: '没有这个请求，或者太久以前了。', act: '每个账号只保留最新的 500 个。' },
  'request-answered': { title: '这个请求已经答复过，或者不能再答复了。' },
  'person-away': { title: '现在没法给对方发私信：不在，或账号没有连上。', act: '过一会儿再试。' },
  'not-allowed': { title: '不允许这样做。', act: '例如别人的消息只有作者能改。' },
  'not-supported': { title: '这个网络做不到。' },
  // Deliveries.
  'delivery-failed': { title: '网络说消息没有发出去。', act: '会重试；重试也没用的会搁置在队列里。' },
  'delivery-unknown': {
    title: '不知道消息发出去没有：网络确认之前连接断了。',
    act: 'hutong 会去查；查不了就按账号的 unknown 设置处理。',
  },
  // The journal.
  'journal-locked': { title: '另一个中枢正在用同样的数据。', act: '停掉其中一个。' },
  'journal-full': { title: '磁盘满了，暂时什么都不收；已经收下的不会丢。', act: '腾出空间。' },
  'journal-unwritable': { title: '数据目录只读，或没有权限写。', act: '检查数据目录的权限。' },
  'journal-corrupt': {
    title: '日志库文件损坏，或者不是 hutong 的。',
    act: '从备份恢复，或者移走它重新开始。',
  },
  'journal-newer': {
    title: '日志库是更新版本的 hutong 写的。',
    act: '请用那个版本；升级前先备份。',
  },
  'journal-closed': { title: '日志库已经关闭：hutong 正在停止。' },
  'journal-failed': {
    title: '日志库没能完成操作。',
    act: '如果文件被删除、移动或替换了，请放回原处再重启。',
  },
  // Media.
  'media-too-large': { title: '文件太大，没有保存。', act: '上限在 media.fileMegabytes 里设置。' },
  'media-refused': {
    title: '这个地址不允许下载：不是网址、带了密码，或者通向内网。',
    act: '例外写在 media.allow 里。',
  },
  'media-unreachable': { title: '这个地址下载不了。', act: '看看地址对不对、对方服务器是否正常。' },
  'media-failed': { title: '文件没能保存或读取。', act: '看看磁盘是否已满；上传中断就再传一次。' },
  // The REST face.
  'caller-unknown': { title: '没有登录，或者令牌无效。', act: '请重新登录。' },
  'scope-missing': { title: '没有做这件事的权限。', act: '请用有这个权限的用户或令牌。' },
  'path-unknown': { title: '这个地址下什么都没有。', act: '有哪些地址，看 /docs。' },
  'method-unknown': { title: '这个地址不接受这种方法。' },
  'consumer-unknown': { title: '没有这个名字的消费者。' },
  'request-invalid': { title: '请求里有不对的地方。', act: '改正后再试。' },
  'body-type': { title: '内容类型不对。', act: '请发送 application/json。' },
  'body-too-large': { title: '内容太大，这里收不下。' },
  'cursor-invalid': { title: '这不是游标。', act: '收到什么样，就原样交回。' },
  'cursor-foreign': {
    title: '游标属于另一个中枢，或者数据被清空之前的这一个。',
    act: '从 oldest 或 now 重新开始。',
  },
  'cursor-ahead': {
    title: '游标比现在还新：日志库是从备份恢复的。',
    act: '从 oldest 或 now 重新开始。',
  },
  'login-step-other': { title: '账号现在没有二维码，也不等验证码。', act: '看看账号现在在等什么。' },
  'key-reused': { title: 'Idempotency-Key 已经用在另一个请求上。', act: '新的请求要用新的。' },
  'media-unknown': { title: '消息里的文件没有上传过，或者已不再保存。', act: '请重新上传。' },
  'rate-limited': { title: '请求太多了。', act: '等一会儿再试；上限是 http.requestsPerMinute。' },
  'too-many': { title: '事件流或消费者太多了。', act: '先关掉一些。' },
  'upgrade-required': { title: '这个地址只用 WebSocket。' },
  internal: { title: 'hutong 内部出了错。', act: '原因写在它的日志里。' },
};
