"""A server that speaks OpenAI's protocol as far as asking goes, and does what a test tells it."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stub:
    """`replies` are used up one after another, the last for ever: text, a status code, or seconds of silence."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []
        self.url = ""

    def next(self):
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving(*replies):
    stub = Stub(*replies)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            stub.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            reply = stub.next()
            if isinstance(reply, float):
                time.sleep(reply)
                reply = "{}"
            if isinstance(reply, int):
                return self._send(reply, {"error": {"message": "not now", "type": "x"}})
            message = {"role": "assistant", "content": reply}
            return self._send(
                200,
                {
                    "id": "1", "object": "chat.completion", "created": 1, "model": "tiny",
                    "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                    "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
                },
            )  # fmt: skip

        def _send(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
