"""A program of the old service as its users wrote them: requests, polling, and a base URL.

It waits for the code, prints its link, waits for the login, and echoes what it is told, privately and in rooms.
"""

import sys
import time

import requests

BASE_URL = sys.argv[1]


def wait_for_scan():
    while True:
        res = requests.get(BASE_URL + '/api/scan').json()
        if res['ok']:
            print('scan ' + res['qrurl'], flush=True)
            return
        assert res['error'] == 'Not initialized', res
        time.sleep(0.2)


def wait_for_login():
    while True:
        res = requests.get(BASE_URL + '/api/status').json()
        if res['ok']:
            print('login ' + res['login']['name'], flush=True)
            return
        assert res['error'] == 'Not login', res
        time.sleep(0.2)


def send(data):
    res = requests.post(BASE_URL + '/api/message', json=data).json()
    if not res['ok']:
        print('failed ' + res['error'], flush=True)


def main():
    wait_for_scan()
    wait_for_login()
    seen = set()
    while True:
        res = requests.get(BASE_URL + '/api/message').json()
        for msg in res.get('messages', []):
            if msg['id'] in seen:
                continue
            seen.add(msg['id'])
            if 'room' in msg:
                send({'topic': msg['room']['topic'], 'name': msg['from']['name'], 'text': 'echo ' + msg['text']})
            else:
                assert msg['to']['isSelf'], msg
                send({'name': msg['from']['name'], 'text': 'echo ' + msg['text']})
        time.sleep(0.2)


main()
