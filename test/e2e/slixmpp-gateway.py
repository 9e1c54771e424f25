"""A client nobody here wrote, that uses a gateway: registers with it, runs its commands, writes to it, sits in a room.
Takes a step a line from standard input and prints what came of it, a line of JSON each.
Usage: slixmpp-gateway.py JID PASSWORD HOST PORT CA GATEWAY"""

import asyncio
import json
import sys

import slixmpp
from slixmpp.exceptions import IqError

jid, password, host, port, ca, gateway = sys.argv[1:7]
TIMEOUT_SECONDS = 20


def tell(kind, value):
    print(json.dumps([kind, value]), flush=True)


class GatewayUser(slixmpp.ClientXMPP):
    def __init__(self):
        super().__init__(jid, password)
        self.ca_certs = ca
        for plugin in ("xep_0004", "xep_0030", "xep_0045", "xep_0050"):
            self.register_plugin(plugin)
        # The way to make an account of one's own is not what is wanted here.
        self.register_plugin("xep_0077", {"force_registration": False})
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("groupchat_message", self.on_groupchat)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("message_error", lambda message: tell("refused", message["error"]["condition"]))
        self.add_event_handler("presence_available", self.on_available)
        self.add_event_handler("failed_auth", lambda _: sys.exit(1))

    async def on_start(self, _):
        await self.get_roster()
        self.send_presence()
        tell("ready", True)
        # slixmpp keeps no hold of its handlers' tasks; one that waits for something else would be thrown away.
        self.stepping = asyncio.ensure_future(self.take_steps())

    async def take_steps(self):
        reader = asyncio.StreamReader()
        self.input_pipe = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while line := (await reader.readline()).decode().strip():
            step, *rest = json.loads(line)
            try:
                tell(step, await getattr(self, "do_" + step)(*rest))
            except IqError as error:
                tell("error", error.condition)
            except Exception as error:
                tell("failed", repr(error))

    def on_groupchat(self, message):
        if message["body"] and message["mucnick"] != self.boundjid.user:
            tell("heard", [message["mucnick"], message["body"]])

    def on_message(self, message):
        if message["type"] == "chat":
            tell("answer", message["body"])

    def on_available(self, presence):
        if presence["from"].bare == gateway:
            tell("contact", self.client_roster[gateway]["subscription"])

    async def do_info(self):
        info = await self["xep_0030"].get_info(jid=gateway, timeout=TIMEOUT_SECONDS)
        return sorted(info["disco_info"]["features"])

    async def do_register(self):
        wanted = await self["xep_0077"].get_registration(gateway, timeout=TIMEOUT_SECONDS)
        answer = self.make_iq_set(ito=gateway)
        answer.enable("register")
        await answer.send(timeout=TIMEOUT_SECONDS)
        return wanted["register"]["instructions"]

    async def do_unregister(self):
        await self["xep_0077"].cancel_registration(gateway, timeout=TIMEOUT_SECONDS)
        return True

    async def do_commands(self):
        found = await self["xep_0050"].get_commands(gateway, timeout=TIMEOUT_SECONDS)
        return [item[1] for item in found["disco_items"]["items"]]

    async def do_run(self, node, *steps):
        """Runs a command; each of `steps` holds the values of one form."""
        answer = await self["xep_0050"].send_command(gateway, node, timeout=TIMEOUT_SECONDS)
        shown = [self.describe(answer)]
        for values in steps:
            form = self["xep_0004"].make_form(ftype="submit")
            for name, value in values.items():
                form.add_field(var=name, value=value)
            answer = await self["xep_0050"].send_command(
                gateway,
                node,
                action="complete",
                payload=form,
                sessionid=answer["command"]["sessionid"],
                timeout=TIMEOUT_SECONDS,
            )
            shown.append(self.describe(answer))
        return shown

    def describe(self, answer):
        command = answer["command"]
        form = command.xml.find("{jabber:x:data}x")
        values = [] if form is None else [value.text for value in form.iter("{jabber:x:data}value")]
        return {
            "status": command["status"],
            "notes": [note for _, note in command["notes"]],
            "values": values,
        }

    async def do_write(self, body):
        self.send_message(mto=gateway, mbody=body, mtype="chat")
        return True

    async def do_join(self, room):
        await self["xep_0045"].join_muc_wait(room, self.boundjid.user, maxstanzas=0, timeout=TIMEOUT_SECONDS)
        return True

    async def do_say(self, room, body):
        self.send_message(mto=room, mbody=body, mtype="groupchat")
        return True


client = GatewayUser()
client.connect((host, int(port)), disable_starttls=False)
client.process(forever=True)
