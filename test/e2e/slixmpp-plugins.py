"""A client nobody here wrote, with its own plugins: asks PEER what it is, runs its command, sends it one of each kind of
message, and prints, a line of JSON each, what it learned and what it reads in the messages that come.
Usage: slixmpp-plugins.py JID PASSWORD HOST PORT CA PEER"""

import json
import sys

import slixmpp

jid, password, host, port, ca, peer = sys.argv[1:7]
TIMEOUT_SECONDS = 5


def tell(kind, value):
    print(json.dumps([kind, value]), flush=True)


class PluginsClient(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.ca_certs = ca
        for number in "0004 0030 0050 0066 0085 0092 0115 0184 0199 0203 0308 0333 0334 0359 0424 0428 0444 0461".split():
            self.register_plugin("xep_" + number)
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        for event in ("receipt_received", "message_correction"):
            self.add_event_handler(event, lambda _, event=event: tell("event", event))
        self.add_event_handler("reactions", self.on_reactions)
        self.add_event_handler("failed_auth", lambda _: sys.exit(1))

    async def on_start(self, _):
        self.send_presence()
        self.send_presence(pto=peer)
        tell("ready", True)

    async def on_message(self, message):
        try:
            await self.take(message)
        except Exception as error:
            # So that the test fails with this, instead of waiting for what will not come.
            tell("failed", repr(error))

    def on_reactions(self, message):
        tell("reactions", [message["reactions"]["id"], sorted(message["reactions"].get_values(all_chars=True))])

    async def take(self, message):
        body = message["body"]
        if body == "ask":
            await self.ask()
        elif body == "send":
            self.send_all()
        else:
            tell(
                "message",
                {
                    "replaces": message["replace"]["id"],
                    "replies": message["reply"]["id"],
                    "url": message["oob"]["url"],
                    "hint": message.get_plugin("no-store", check=True) is not None,
                },
            )

    async def ask(self):
        info = await self["xep_0030"].get_info(jid=peer, timeout=TIMEOUT_SECONDS)
        tell("features", sorted(info["disco_info"]["features"]))
        version = await self["xep_0092"].get_version(peer, timeout=TIMEOUT_SECONDS)
        tell("version", version["software_version"]["version"])
        tell("ping", await self["xep_0199"].ping(peer, timeout=TIMEOUT_SECONDS) >= 0)
        ver = await self["xep_0115"].get_verstring(peer)
        tell("caps", ver)
        commands = await self["xep_0050"].get_commands(peer, timeout=TIMEOUT_SECONDS)
        tell("commands", [[item[1], item[2]] for item in commands["disco_items"]["items"]])
        first = await self["xep_0050"].send_command(peer, "link", timeout=TIMEOUT_SECONDS)
        form = self["xep_0004"].make_form(ftype="submit")
        form.add_field(var="room", value="茶")
        done = await self["xep_0050"].send_command(
            peer,
            "link",
            action="complete",
            payload=form,
            sessionid=first["command"]["sessionid"],
            timeout=TIMEOUT_SECONDS,
        )
        tell("command", [done["command"]["status"], [list(note) for note in done["command"]["notes"]]])

    def send_all(self):
        message = self.make_message(peer, mbody="corrected", mtype="chat")
        message["replace"]["id"] = "original"
        message.send()
        self["xep_0444"].send_reactions(peer, to_id="m1", reactions=["🍵"])
        self["xep_0424"].send_retraction(peer, id="original")
        state = self.make_message(peer, mtype="chat")
        state["chat_state"] = "composing"
        state.send()
        self["xep_0333"].send_marker(peer, id="m1", marker="displayed")
        self["xep_0184"].auto_request = False
        request = self.make_message(peer, mbody="did it arrive?", mtype="chat")
        request["request_receipt"] = True
        request.send()
        tell("sent", True)


client = PluginsClient()
client.connect((host, int(port)))
client.process(forever=True)
