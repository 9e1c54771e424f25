# A gateway that nobody here wrote: a component with two people in a room. One says something and corrects it, the other
# claims to correct it, too. Prints what the first hears from strangers, until somebody says "bye".
import asyncio
import sys

import slixmpp
from slixmpp.xmlstream import ET

domain, secret, port, room = sys.argv[1:5]
component = slixmpp.ComponentXMPP(domain, secret, "127.0.0.1", int(port))
joined = {name: asyncio.Event() for name in ("one", "two")}


def address(name):
    return f"{name}@{domain}/slix"


def join(name):
    presence = component.make_presence(pto=f"{room}/{name}", pfrom=address(name))
    muc = ET.SubElement(presence.xml, "{http://jabber.org/protocol/muc}x")
    ET.SubElement(muc, "{http://jabber.org/protocol/muc}history", {"maxstanzas": "0"})
    presence.send()


def say(name, text, id, corrects=None):
    message = component.make_message(mto=room, mfrom=address(name), mbody=text, mtype="groupchat")
    message["id"] = id
    if corrects is not None:
        ET.SubElement(message.xml, "{urn:xmpp:message-correct:0}replace", {"id": corrects})
    message.send()


async def started(_):
    for name in joined:
        join(name)
        await joined[name].wait()
    say("one", "a mistkae", "m1")
    say("one", "a mistake", "m2", corrects="m1")
    say("two", "forged", "m3", corrects="m1")


def present(presence):
    name = presence["from"].resource
    if name in joined and presence["to"].bare == f"{name}@{domain}":
        joined[name].set()


def heard(message):
    nick = message["from"].resource
    if message["to"].bare != f"one@{domain}" or nick in joined or not message["body"]:
        return
    marks = [child.tag.split("}")[1] for child in message.xml if child.tag.startswith("{urn:xmpp:")]
    acts = [mark for mark in marks if mark in ("replace", "reply", "retract")]
    print(nick, ",".join(acts), message["body"].splitlines()[-1], sep="|", flush=True)
    if message["body"] == "bye":
        component.disconnect()


component.add_event_handler("session_start", started)
component.add_event_handler("presence_available", present)
component.add_event_handler("message", heard)
component.connect()
asyncio.get_event_loop().run_until_complete(asyncio.wait_for(component.disconnected, 30))
