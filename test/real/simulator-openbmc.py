"""Opens a serial console of an OpenBMC with websocket-client, logs in on it and prints what it showed.

Arguments: port, path of the console, and how to log in: basic, token or cookie.
"""

import base64
import json
import ssl
import sys
import urllib.request

import websocket

port, path, way = sys.argv[1:]
tls = ssl._create_unverified_context()


def log_in(headers):
    request = urllib.request.Request(
        f"https://127.0.0.1:{port}/redfish/v1/SessionService/Sessions",
        json.dumps({"UserName": "root", "Password": "0penBmc"}).encode(),
        {"content-type": "application/json", **headers},
    )
    return urllib.request.urlopen(request, context=tls, timeout=20).headers


options = {}
if way == "basic":
    pair = base64.b64encode(b"root:0penBmc").decode()
    options["header"] = [f"Authorization: Basic {pair}"]
elif way == "token":
    options["header"] = [f"X-Auth-Token: {log_in({})['x-auth-token']}"]
else:
    cookies = [c.split(";")[0] for c in log_in({"X-Requested-With": "XMLHttpRequest"}).get_all("set-cookie")]
    options["cookie"] = "; ".join(cookies)
    options["subprotocols"] = [c.split("=", 1)[1] for c in cookies if c.startswith("XSRF-TOKEN=")]

console = websocket.create_connection(
    f"wss://127.0.0.1:{port}{path}", timeout=20, sslopt={"cert_reqs": ssl.CERT_NONE}, **options
)
shown = ""


def until(text):
    global shown
    while text not in shown:
        opcode, data = console.recv_data()
        if opcode not in (websocket.ABNF.OPCODE_BINARY, websocket.ABNF.OPCODE_TEXT):
            raise SystemExit(f"closed before it said {text!r}: {shown!r}")
        shown += data.decode("utf-8", "replace")


console.send_binary(b"\r")
until("login: ")
console.send_binary(b"operator\ranything\r")
until("for what can be done here")
console.ping()
console.send("tty\r")
until("/dev/ttyS0\r\n")
console.close()
print(shown)
