"""A client nobody here wrote, with a custom IQ: answers requests as their data says ("refuse", "silent", "crash",
anything else comes back), and on a chat message "ask JID DATA" or "ask-unknown JID" asks itself and reports how that
ended. Usage: slixmpp-iq.py JID PASSWORD HOST PORT CA"""

import sys

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout, XMPPError
from slixmpp.xmlstream import ElementBase, register_stanza_plugin
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

jid, password, host, port, ca = sys.argv[1:6]
TIMEOUT_SECONDS = 1


class Custom(ElementBase):
    name = "query"
    namespace = "urn:example:custom"
    plugin_attrib = "custom_xep"
    interfaces = {"data", "count"}
    sub_interfaces = {"data"}


class Unknown(ElementBase):
    name = "query"
    namespace = "urn:example:unknown"
    plugin_attrib = "unknown_xep"


class CustomClient(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.ca_certs = ca
        register_stanza_plugin(slixmpp.Iq, Custom)
        register_stanza_plugin(slixmpp.Iq, Unknown)
        self.register_handler(Callback("custom", StanzaPath("iq@type=get/custom_xep"), self.on_custom))
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("failed_auth", lambda _: sys.exit(1))

    async def on_start(self, _):
        self.send_presence()
        print("ready", flush=True)

    def on_custom(self, iq):
        data = iq["custom_xep"]["data"]
        if data == "silent":
            return
        if data == "refuse":
            raise XMPPError("not-acceptable", etype="modify", text="not this")
        if data == "crash":
            raise ValueError("on purpose")
        reply = iq.reply()
        reply["custom_xep"]["data"] = data
        reply["custom_xep"]["count"] = str(len(data))
        reply.send()

    async def on_message(self, message):
        command, peer, data = (message["body"].split(" ", 2) + ["", ""])[:3]
        iq = self.make_iq_get(ito=peer)
        if command == "ask-unknown":
            iq.enable("unknown_xep")
        else:
            iq["custom_xep"]["data"] = data
        try:
            answer = await iq.send(timeout=TIMEOUT_SECONDS)
            report = "result " + answer["custom_xep"]["data"]
        except IqError as error:
            report = "error %s %s %s" % (error.condition, error.etype, error.text)
        except IqTimeout:
            report = "timeout"
        message.reply(report).send()


client = CustomClient()
client.connect((host, int(port)), disable_starttls=False)
client.process(forever=True)
