"""Says again what people say in the rooms that the token may see: HUB=http://127.0.0.1:3010 TOKEN=… python3 echo.py"""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from hutong import Hutong  # noqa: E402

hub = Hutong(os.environ["HUB"], os.environ["TOKEN"])
for event in hub.follow(os.environ.get("AFTER", "now"), kind="message"):
    if "postedBy" not in event and event["text"]:
        hub.send(event["room"], "echo " + event["text"], reply_to=event["id"], key="echo-" + event["id"])
