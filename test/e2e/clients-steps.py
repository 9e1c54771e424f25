"""Goes through the Python clients, as its arguments say, one step after the other; tells each as a line of JSON."""

import asyncio
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "clients" / "python"))
from hutong import AsyncHutong, Hutong, HubProblem  # noqa: E402

KIND, URL, TOKEN = sys.argv[1:]
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


def tell(what, value):
    print(json.dumps([what, value]), flush=True)


def run():
    hub = Hutong(URL, TOKEN)
    tell("accounts", [account["id"] for account in hub.accounts()])
    tell("rooms", [room["room"] for room in hub.rooms("house")])
    tell("members", [member["name"] for member in hub.members("house/lobby")])
    tell("login", [step["type"] for step in hub.login_steps("house")])
    stored = hub.upload(PICTURE, "dot.png")
    tell("upload", [stored["type"], stored["name"]])
    sent = hub.send("house/lobby", [{"type": stored["type"], "url": stored["url"]}], wait_s=10)
    tell("outcome", [each["state"] for each in sent["outcome"]])
    first, second = hub.send("house/lobby", "once", key="k"), hub.send("house/lobby", "once", key="k")
    tell("same", first["id"] == second["id"])
    try:
        hub.send("nowhere/lobby", "x")
    except HubProblem as problem:
        tell("problem", [problem.status, problem.code])
    for event in hub.follow(sent["cursor"], kind="message"):
        tell("event", event["text"])
        if event["text"] == "last":
            return


async def run_async():
    hub = AsyncHutong(URL, TOKEN)
    tell("accounts", [account["id"] for account in await hub.accounts()])
    tell("rooms", [room["room"] for room in await hub.rooms("house")])
    tell("members", [member["name"] for member in await hub.members("house/lobby")])
    tell("login", [step["type"] async for step in hub.login_steps("house")])
    stored = await hub.upload(PICTURE, "dot.png")
    tell("upload", [stored["type"], stored["name"]])
    sent = await hub.send("house/lobby", [{"type": stored["type"], "url": stored["url"]}], wait_s=10)
    tell("outcome", [each["state"] for each in sent["outcome"]])
    first, second = await asyncio.gather(*(hub.send("house/lobby", "once", key="k") for _ in range(2)))
    tell("same", first["id"] == second["id"])
    try:
        await hub.send("nowhere/lobby", "x")
    except HubProblem as problem:
        tell("problem", [problem.status, problem.code])
    async for event in hub.follow(sent["cursor"], kind="message"):
        tell("event", event["text"])
        if event["text"] == "last":
            return


if KIND == "sync":
    run()
else:
    asyncio.run(run_async())
