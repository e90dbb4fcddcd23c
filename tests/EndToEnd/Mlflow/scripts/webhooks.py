"""Webhooks on events of the registry, to a receiver on 127.0.0.1 that checks each signature. The server must allow http and private addresses."""
import base64
import hashlib
import hmac
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checking import *

if not hasattr(client, "create_webhook"):
    skip(f"webhooks came with MLflow 3.3, this is {mlflow.__version__}")
SECRET = "geheim"
received = queue.Queue()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        received.put((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"taken")

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL_OF_RECEIVER = f"http://127.0.0.1:{server.server_port}/hook"


def told(call, event, **data):
    headers, body = received.get(timeout=30)
    signed = f"{headers['X-MLflow-Delivery-Id']}.{headers['X-MLflow-Timestamp']}.{body.decode()}".encode()
    want = "v1," + base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    same(f"{call} (its signature)", headers["X-MLflow-Signature"], want)
    said = json.loads(body)
    same(f"{call} (its event)", (f"{said['entity']}.{said['action']}", {k: said["data"].get(k) for k in data}), (event, data))


EVENTS = ["registered_model.created", "model_version.created", "model_version_tag.set", "model_version_tag.deleted", "model_version_alias.created", "model_version_alias.deleted", "prompt.created", "prompt_version.created"]
hook = client.create_webhook("all", URL_OF_RECEIVER, EVENTS, description="d", secret=SECRET)
same("create_webhook", (hook.name, hook.url, str(hook.status), len(hook.events), hook.secret), ("all", URL_OF_RECEIVER, "ACTIVE", len(EVENTS), None))
quiet = client.create_webhook("quiet", URL_OF_RECEIVER, ["registered_model.created"], status="DISABLED")
same("list_webhooks", sorted(w.name for w in client.list_webhooks()), ["all", "quiet"])
page = client.list_webhooks(max_results=1)
same("list_webhooks(pages)", sorted([w.name for w in page] + [w.name for w in client.list_webhooks(max_results=1, page_token=page.token)]), ["all", "quiet"])
for name, arguments in [("no URL", ("b", "nope", EVENTS)), ("no event", ("b", URL_OF_RECEIVER, [])), ("a name of 64 characters", ("x" * 64, URL_OF_RECEIVER, EVENTS)), ("ftp", ("b", "ftp://example.com/x", EVENTS))]:
    refused(f"create_webhook({name})", "INVALID_PARAMETER_VALUE", lambda: client.create_webhook(*arguments))
refused("get_webhook(unknown)", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_webhook("nobody"))

for event in [None, "model_version.created", "prompt.created"]:
    result = client.test_webhook(hook.webhook_id, event)
    same(f"test_webhook({event})", (result.success, result.response_status, result.response_body), (True, 200, "taken"))
    told(f"test_webhook({event})", event or "registered_model.created")
client.create_registered_model("churn", tags={"a": "b"}, description="dd")
told("create_registered_model", "registered_model.created", name="churn", tags={"a": "b"}, description="dd")
client.create_model_version("churn", "s3://b/m", tags={"x": "ü"})
told("create_model_version", "model_version.created", name="churn", version="1", source="s3://b/m", tags={"x": "ü"})
client.set_model_version_tag("churn", "1", "k", "v")
told("set_model_version_tag", "model_version_tag.set", key="k", value="v")
client.delete_model_version_tag("churn", "1", "k")
told("delete_model_version_tag", "model_version_tag.deleted", key="k")
client.set_registered_model_alias("churn", "champion", "1")
told("set_registered_model_alias", "model_version_alias.created", alias="champion", version="1")
client.delete_registered_model_alias("churn", "champion")
told("delete_registered_model_alias", "model_version_alias.deleted", alias="champion")
mlflow.genai.register_prompt("greet", "Hi {{x}}")
told("register_prompt", "prompt.created", name="greet")
told("register_prompt(its version)", "prompt_version.created", template="Hi {{x}}")

changed = client.update_webhook(hook.webhook_id, name="fewer", events=["model_version.created"], status="DISABLED")
same("update_webhook", (changed.name, len(changed.events), str(changed.status)), ("fewer", 1, "DISABLED"))
client.create_model_version("churn", "s3://b/m2")
client.update_webhook(hook.webhook_id, status="ACTIVE")
client.create_model_version("churn", "s3://b/m3")
told("update_webhook(nothing of what came meanwhile)", "model_version.created", version="3")
client.delete_webhook(hook.webhook_id)
client.delete_webhook(quiet.webhook_id)
same("delete_webhook", len(client.list_webhooks()), 0)
refused("delete_webhook(again)", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_webhook(hook.webhook_id))
same("the receiver (nothing else)", received.empty(), True)
done()
