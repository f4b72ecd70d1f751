"""A real ward whose programs a benchmark starts, kills and starts again by hand."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(os.environ["LOA_BIN_DIR"]).resolve()
# Ended from outside, a benchmark still ends what it started.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
NODES = ("tdp-01", "tdp-02", "tdp-03")


class RealWard:
    """`near` puts a command where broker and server run (a network namespace, or nothing)."""

    def __init__(self, folder, recording, http, broker, environment=None, near=list):
        self.folder, self.http, self.near = Path(folder), http, near
        self.environment = dict(environment or os.environ, LOA_LANG="en")
        self.running = {}
        # One run makes keys, books, clip and announcement.
        made = subprocess.run(list(map(str, self.near([BIN / "loa", "ward", "run", "--data", self.folder, "--web", self.folder.parent, "--recording",
                                         recording, "--once", "--http-port", http, "--broker-port", broker]))),
                              env=self.environment, capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(made.stdout + made.stderr)
        self.token = (self.folder / "office/operator.token").read_text().strip()
        self.commands = {"broker": self.near(["mosquitto", "-c", self.folder / "broker/mosquitto.conf"]),
                         "signer": self.near([BIN / "loa-signer", "--config", self.folder / "signer/signer.toml"]),
                         "server": self.near([BIN / "loa-server", "--config", self.folder / "station/server.toml"])}
        for node in NODES:
            self.commands[node] = [BIN / "loa-node", "--config", self.config_of(node)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.running):
            self.end(name)

    def config_of(self, node):
        return self.folder / "nodes" / node / "node.toml"

    def start(self, name):
        log = open(self.folder / "log" / f"{name}.by-hand.log", "a")
        self.running[name] = subprocess.Popen(list(map(str, self.commands[name])), env=self.environment, stdout=log, stderr=subprocess.STDOUT)
        log.close()

    def end(self, name, how=signal.SIGTERM):
        process = self.running.pop(name)
        process.send_signal(how)
        process.wait()

    def call(self, method, path, body=None):
        command = ["curl", "-sS", "--fail-with-body", "--max-time", "10", "--cacert", self.folder / "station/authority.pem", "-X", method,
                   "-H", f"Authorization: Bearer {self.token}", f"https://localhost:{self.http}{path}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = subprocess.run(list(map(str, self.near(command))), capture_output=True, text=True)
        if done.returncode:
            raise ConnectionError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def schedule(self, start, late_ms=None):
        """For the whole ward at that second; the schedule's id."""
        announcement = self.call("GET", "/api/announcements")[-1]["announcement"]
        body = {"announcement": announcement, "areas": ["phu-lien"], "volume_pct": 60,
                "rule": {"kind": "once", "start": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(start)))}}
        if late_ms is not None:
            body["late_ms"] = late_ms
        return self.call("POST", "/api/schedules", body)["schedule"]

    def outcomes(self, schedule):
        return self.call("GET", f"/api/outcomes?schedule={schedule}&limit=1000")
