/**
 * What the settings' schemas say of single settings, in Chinese, by the English of the schemas. What is not here is shown in
 * English.
 */
export const settingHintsZh: Readonly<Record<string, string>> = {
  'The account: user@server.': '账号，写成 用户@服务器。',
  'The name in rooms; without it the part of jid before the @.':
    '在房间里的名字；不填就用 jid 里 @ 前面的部分。',
  'xmpp://host:port or xmpps://host:port; without it DNS (SRV), then port 5222 of the domain.':
    '写成 xmpp://主机:端口 或 xmpps://主机:端口；不填先查 DNS（SRV），再用域名的 5222 端口。',
  '{ ca: FILE } believes in the certificates of that PEM file; false encrypts nothing (loopback only).':
    '{ ca: 文件 } 信任该 PEM 文件里的证书；false 不加密（只限本机）。',
  'The resource to bind; without it one is made up once and kept.':
    '要绑定的资源名；不填就生成一个并一直用它。',
  'How often each room is asked whether we are still in it, seconds.': '每隔多少秒向房间确认自己还在里面。',
  'Silence after which the server is asked for a sign of life, seconds.':
    '服务器安静多少秒后，问它是否还在。',
  'Makes the account a club: a group of those who have it as a contact.':
    '让账号成为一个俱乐部：把它加为联系人的人组成一个群。',
  'What the club is called in links.': '俱乐部在互通里的名字。',
  'Who may kick, ban and announce: user@server each.': '谁可以踢人、封禁、发公告，每个写成 用户@服务器。',
  'The domain of a component (XEP-0114); instead of jid and password.':
    '组件的域名（XEP-0114），代替 jid 和密码。',
  'The component’s secret, as the server’s configuration has it.': '组件的密钥，和服务器配置里的一样。',
  'A component’s server on another machine may be spoken to without TLS: the way there is safe.':
    '组件的服务器在另一台机器上，也可以不用 TLS：到那里的路是安全的。',
  'How somebody of another network is called in rooms; {nick} alone if it is not given.':
    '别的网络的人在房间里叫什么；不填就只有 {nick}。',
  'People of other networks in one room at once, as occupants of their own; 100.':
    '一个房间里最多有多少别的网络的人各自在场；默认 100。',
  'Who has said nothing for so long leaves the room until the next word; 60.':
    '这么久没说话的人先离开房间，再说话时回来；默认 60。',
  'Who may link rooms by the component’s commands: user@server each.':
    '谁可以用组件的命令把房间连起来，每个写成 用户@服务器。',
  'The servers whose people may register with the component and see what is linked; the one that it is part of.':
    '哪些服务器的人可以在组件上注册、查看互通；默认是它所在的服务器。',
  'The implementation’s forward WebSocket.': '对方程序的正向 WebSocket 地址。',
  'The implementation connects to us, at /in/ACCOUNT/ of the web server.':
    '对方程序连到我们这里：网页服务器的 /in/账号/。',
  'Calls by HTTP; events are posted to /in/ACCOUNT/ of the web server, signed by the secret.':
    '用 HTTP 调用；事件由对方发到网页服务器的 /in/账号/，并用 secret 签名。',
};
