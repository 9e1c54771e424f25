# A client that nobody here wrote: joins a room, says something, prints the first thing that somebody else says.
import asyncio
import ssl
import sys

import slixmpp

jid, password, port, room = sys.argv[1:5]
client = slixmpp.ClientXMPP(jid, password)
client.register_plugin("xep_0045")
client.ssl_context.check_hostname = False
client.ssl_context.verify_mode = ssl.CERT_NONE


async def started(_):
    client.send_presence()
    await client.plugin["xep_0045"].join_muc_wait(room, "slix", maxstanzas=0)
    client.send_message(mto=room, mbody="你好\nfrom slixmpp", mtype="groupchat")


def heard(message):
    if message["mucnick"] != "slix" and message["body"]:
        print(message["body"], flush=True)
        client.disconnect()


client.add_event_handler("session_start", started)
client.add_event_handler("groupchat_message", heard)
client.connect(("127.0.0.1", int(port)))
asyncio.get_event_loop().run_until_complete(asyncio.wait_for(client.disconnected, 20))
