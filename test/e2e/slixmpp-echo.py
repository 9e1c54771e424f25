"""A client nobody here wrote: logs in, answers every chat message with the same text, and on "send N" sends N
numbered messages of Chinese text. Usage: slixmpp-echo.py JID PASSWORD HOST PORT CA"""

import asyncio
import ssl
import sys

import slixmpp

jid, password, host, port, ca = sys.argv[1:6]


class Echo(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.ca_certs = ca
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("failed_auth", lambda _: sys.exit(1))
        self.register_plugin("xep_0199")
        self.register_plugin("xep_0030")

    async def on_start(self, _):
        self.send_presence()
        print("ready", flush=True)

    async def on_message(self, message):
        if message["type"] != "chat":
            return
        if message["body"] == "ping me":
            rtt = await self["xep_0199"].ping(message["from"])
            message.reply("ponged" if rtt >= 0 else "silent").send()
            return
        message.reply(message["body"]).send()


client = Echo()
client.connect((host, int(port)), disable_starttls=False)
client.process(forever=True)
