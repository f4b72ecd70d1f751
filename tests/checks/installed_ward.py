#!/usr/bin/env python3
"""A ward's life with the Debian packages: installed, set up as docs/install.md says, heard, upgraded, removed, purged.

Runs as root within the machine that installed_machine.sh makes, with the packages beside this file; never elsewhere.
There is no service manager: `Unit` starts each program as its unit says.
"""

import base64
import configparser
import ctypes
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import pwd
import re
import shutil
import socket
import sqlite3
import ssl
import stat
import struct
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ("loa", "loa-server", "loa-node")
ACCOUNTS = ("loa-server", "loa-signer", "loa-broker", "loa-node")
STATION = "phu-lien"
SERVER = Path("/etc/loa/server.toml")
SIGNER = Path("/etc/loa/signer/signer.toml")
POLICY = Path("/etc/loa/policy.toml")
AUTHORITY = Path("/etc/loa/station/authority.pem")
BOOKS = Path("/var/lib/loa-server/server.db")
HEARD = Path("/var/lib/loa-node/heard")
CLONE_NEWNET = 0x40000000
APT = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"]


def say(what):
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {what}", flush=True)


def require(is_true, what):
    if not is_true:
        raise AssertionError(what)


def run(*command, **options):
    """What it printed; an exit code other than 0 ends the test with its words."""
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **options)
    require(done.returncode == 0, f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def as_user(user, *command):
    return run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *command)


def wait_for(what, is_true, patience_s=60):
    until = time.monotonic() + patience_s
    while not (found := is_true()):
        require(time.monotonic() < until, f"waited in vain for {what}")
        time.sleep(0.1)
    return found


# --- the machine

def alone():
    """A network of our own with nothing but a loopback: no port is taken, and nothing outside is needed."""
    require(ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno()))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0x1 | 0x40)  # IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS


def snapshot():
    """Every file but what dpkg and apt themselves keep, with kind, mode and owner; and the accounts."""
    skipped = {"/proc", "/sys", "/dev", "/tmp", "/srv", "/run", "/var/cache", "/var/log", "/var/lib/apt", "/var/lib/dpkg"}
    # Copies that passwd and dpkg keep of the time before; what the loader makes anew.
    ignored = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/ld.so.cache"}
    found = {}
    for folder, folders, files in os.walk("/"):
        folders[:] = [f for f in folders if os.path.join(folder, f) not in skipped and f != "__pycache__"]
        for name in folders + files:
            path = os.path.join(folder, name)
            if path not in ignored:
                state = os.lstat(path)
                found[path] = f"{stat.filemode(state.st_mode)} {state.st_uid}:{state.st_gid}"
    for file in ("passwd", "group", "gshadow"):
        for line in Path("/etc", file).read_text().splitlines():
            found[f"/etc/{file}: {line}"] = "account"
    return found


def difference(before, after):
    return ([f"+ {p} {after[p]}" for p in sorted(after.keys() - before.keys())] +
            [f"- {p} {before[p]}" for p in sorted(before.keys() - after.keys())] +
            [f"! {p} {before[p]} -> {after[p]}" for p in sorted(before.keys() & after.keys()) if before[p] != after[p]])


class Unit:
    """A service started as its unit says, until it says that it is ready."""

    running = []

    def __init__(self, name):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str
        file = Path("/lib/systemd/system", name + ".service")
        unit.read(file)
        self.name, service = name, unit["Service"]
        for condition in re.findall(r"^ConditionPathExists=(.*)$", file.read_text(), re.M):
            require(Path(condition).exists(), f"{name}: {condition} is missing, it would not be started")
        user, group = service["User"], service.get("Group", service["User"])
        if "RuntimeDirectory" in service:
            folder = Path("/run", service["RuntimeDirectory"])
            folder.mkdir(exist_ok=True)
            folder.chmod(int(service["RuntimeDirectoryMode"], 8))
            shutil.chown(folder, user, group)
        address = f"/run/notify-{name}"
        Path(address).unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            os.chmod(address, 0o777)
            manager.settimeout(60)
            self.log = Path("/tmp", name + ".log")
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", *service["ExecStart"].split()],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=int(service["UMask"], 8),
                    env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": address})
            Unit.running.append(self)
            try:
                while not (said := manager.recv(4096).decode()).startswith("READY=1"):
                    pass
            except TimeoutError:
                raise AssertionError(f"{name} is not ready after 60 s") from None
        say(f"{name}: {said.splitlines()[-1] if 'STATUS' in said else 'ready'}")

    @staticmethod
    def stop_all():
        while Unit.running:
            unit = Unit.running.pop()
            unit.process.terminate()
            code = unit.process.wait(timeout=60)
            require(code == 0, f"{unit.name} ended with {code}")


# --- the office

class Person:
    """Somebody at the console."""

    tls = None

    def __init__(self, name):
        self.name, self.cookie = name, None
        self.password = base64.b32encode(os.urandom(10)).decode()

    def ask(self, method, path, body=None, expected=(200, 201, 204)):
        connection = http.client.HTTPSConnection("localhost", 8443, context=Person.tls, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if isinstance(body, (dict, list)):
            headers["Content-Type"], body = "application/json", json.dumps(body)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        require(answer.status in expected, f"{self.name}: {method} {path}: {answer.status} {text}")
        if answer.getheader("Set-Cookie"):
            self.cookie = answer.getheader("Set-Cookie").split(";")[0]
        connection.close()
        return json.loads(text) if text else None

    def take(self, code, with_factor):
        """From the invitation to a session that may do what its role may."""
        self.ask("POST", "/api/invitation", {"code": code, "password": self.password})
        self.ask("POST", "/api/session", {"person": self.name, "password": self.password})
        if with_factor:
            secret = self.ask("POST", "/api/me/second_factor")["secret"]
            key = base64.b32decode(secret + "=" * (-len(secret) % 8))
            digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
            at = digest[-1] & 15
            digits = (struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000
            self.ask("POST", "/api/me/second_factor/confirm", {"digits": f"{digits:06d}"})
        return self


# --- the story

def install():
    debs = sorted(HERE.glob("*.deb"))
    require({d.name.split("_")[0] for d in debs} == set(PACKAGES), debs)
    Path("/usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    Path("/usr/sbin/policy-rc.d").chmod(0o755)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run(*APT, "update")
    planned = re.findall(r"^Inst (\S+)", run(*APT, "-s", "install", *debs), re.M)
    others = [p for p in planned if p not in PACKAGES]
    say(f"{len(others)} packages of Debian are needed")
    # The broker is recommended only: it may be another machine's.
    run(*APT, "install", *others, "mosquitto")
    before = snapshot()
    said = run(*APT, "install", *debs)
    require(not re.search(r"Need to get (?!0 B)", said), said)
    say("installed: " + ", ".join(d.name for d in debs))
    return before


def check_installed():
    wanted = {"/etc/loa": "drwxr-xr-x root:root", "/etc/loa/station": "drwx------ loa-server:loa-server",
              "/etc/loa/signer": "drwx------ loa-signer:loa-signer", "/etc/loa/broker": "drwx------ loa-broker:loa-broker",
              "/etc/loa/trust": "drwxr-xr-x root:root", "/var/lib/loa-server": "drwx------ loa-server:loa-server",
              "/var/lib/loa-signer": "drwx------ loa-signer:loa-server", "/var/lib/loa-broker": "drwxr-xr-x loa-server:loa-server",
              "/var/lib/loa-node": "drwx------ loa-node:loa-node", str(SERVER): "-rw-r--r-- root:root",
              str(SIGNER): "-rw-r--r-- root:root", str(POLICY): "-rw-r--r-- root:root"}
    for path, how in wanted.items():
        state = Path(path).stat()
        found = f"{stat.filemode(state.st_mode)} {Path(path).owner()}:{Path(path).group()}"
        require(found == how, f"{path}: {found}, wanted {how}")
    for account in ACCOUNTS:
        entry = pwd.getpwnam(account)
        require(entry.pw_uid < 1000 and entry.pw_shell == "/usr/sbin/nologin" and entry.pw_dir == "/nonexistent", entry)
    for folder in ("/etc/loa", "/var/lib/loa-server", "/var/lib/loa-signer", "/var/lib/loa-node", "/var/lib/loa-broker"):
        files = {str(p) for p in Path(folder).rglob("*") if p.is_file()}
        require(files <= {str(SERVER), str(SIGNER), str(POLICY)}, f"made at installation: {files}")
    enabled = {p.name for p in Path("/etc/systemd/system/multi-user.target.wants").iterdir()}
    require({"loa-server.service", "loa-signer.service", "loa-broker.service", "loa-broker-reload.path", "loa-node.service"} <= enabled, enabled)
    say("accounts, folders and units are as they should be; no key, no password")


def check_configuration():
    as_user("loa-server", "loa-server", "--config", SERVER, "--check-config")
    as_user("loa-signer", "loa-signer", "--config", SIGNER, "--check-config")
    say("--check-config: server.toml and signer.toml are good")


def set_up():
    for file in (SERVER, SIGNER):
        file.write_text(file.read_text().replace('id = "phuong"', f'id = "{STATION}"'))
    # Whatever hour it is now.
    POLICY.write_text(re.sub(r"^quiet_.*\n", "", POLICY.read_text(), flags=re.M).replace(" 0,", " 60,").replace("[0,", "[60,").replace(" 0]", " 60]"))
    run("loa", "ward", "init", "--root", "/srv/usb", "--name", "loa.phulien.vn")
    check_configuration()


def start():
    for name in ("loa-broker", "loa-signer", "loa-server"):
        Unit(name)
    Person.tls = ssl.create_default_context(cafile=str(AUTHORITY))


def set_up_people():
    said = as_user("loa-server", "loa", "admin", "create", "--config", SERVER, "--person", "an", "--name", "Quản trị")
    code = re.search(r"^\s+([0-9A-Z]{4}(?:-[0-9A-Z]{4}){6})\s*$", said, re.M)
    require(code, said)
    admin = Person("an").take(code[1], True)
    admin.ask("POST", "/api/areas", {"area": STATION, "name": "Phường Phù Liễn"})
    people = {}
    for name, role in (("chu-tich", "chairman"), ("truc-loa", "operator")):
        invited = admin.ask("POST", "/api/people", {"person": name, "name": name, "role": role})
        people[role] = Person(name).take(invited["code"], role == "chairman")
    say("people: administrator, chairman and operator have signed in")
    return people


def enrol():
    token = Path("/var/lib/loa-server/an.token")
    as_user("loa-server", "loa", "admin", "token", "--config", SERVER, "--person", "an", "--scope", "write", "--out", token)
    said = run("loa", "node", "add", "tdp-01", "--area", STATION, "--name", "Loa 1", "--server", "https://localhost:8443",
               "--authority", AUTHORITY, "--token", token)
    code = re.search(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4})+", said)
    require(code, said)
    as_user("loa-node", "loa-node", "enrol", "--server", "https://localhost:8443", "--code", code[0], "--folder",
            "/var/lib/loa-node/node", "--sink", f"file:{HEARD}")
    as_user("loa-node", "loa-node", "--config", "/var/lib/loa-node/node/node.toml", "--check-config")
    Unit("loa-node")


def air(people):
    operator, chairman = people["operator"], people["chairman"]

    def is_ready():
        report = operator.ask("GET", "/api/nodes/tdp-01")["report"]
        return report and report["online"] and report["clock_state"] == "synced"
    wait_for("the loudspeaker", is_ready)
    recording = operator.ask("POST", "/api/recordings?name=chao", (HERE / "tet_greeting.opus").read_bytes(), (201, 202))["recording"]

    def ingested():
        found = operator.ask("GET", f"/api/recordings/{recording}")
        return found if found["state"] != "ingesting" else None
    clip = wait_for("the clip", ingested, 120)
    require(clip["state"] == "ready", clip)
    made = operator.ask("POST", "/api/announcements", {"title": "Lời chúc", "transcript": "", "class": "normal", "clip": clip["clip"]})
    path = f"/api/announcements/{made['announcement']}"
    operator.ask("POST", path + "/submit", {"confirmed": True})
    chairman.ask("POST", path + "/approve", {})
    start_at = (datetime.now(timezone.utc) + timedelta(seconds=12)).strftime("%Y-%m-%dT%H:%M:%SZ")
    schedule = operator.ask("POST", "/api/schedules", {"announcement": made["announcement"], "areas": [STATION], "volume_pct": 60,
                                                       "rule": {"kind": "once", "start": start_at}})["schedule"]
    outcomes = wait_for("the outcome", lambda: operator.ask("GET", f"/api/outcomes?schedule={schedule}"), 120)
    require(outcomes[0]["result"] == "played", outcomes)
    wav = max(HEARD.glob("*.wav"), key=lambda p: p.stat().st_size)
    require(wav.stat().st_size > 48_000 * 2 * 20, f"{wav}: {wav.stat().st_size}")
    say(f"played: {outcomes[0]['heard_ms'] / 1000:.2f} s heard, start error {outcomes[0]['start_error_ms']:.3f} ms, {wav.stat().st_size} octets of sound")


def sums():
    """What an upgrade and a removal keep."""
    files = [p for folder in ("/etc/loa", "/var/lib/loa-server", "/var/lib/loa-signer", "/var/lib/loa-node", "/var/lib/loa-broker")
             for p in Path(folder).rglob("*") if p.is_file() and not p.name.endswith((".dpkg-dist", "-wal", "-shm"))]
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() + f" {p.owner()} {p.stat().st_mode:o}" for p in files}


def with_old_books():
    """The books of a trial ward of schema 11, as it has them on its disk."""
    for file in BOOKS.parent.glob("server.db*"):
        file.unlink()
    with sqlite3.connect(BOOKS) as books:
        books.executescript((HERE / "server-11.sql").read_text())
        require(books.execute("PRAGMA user_version").fetchone()[0] == 11, "schema of the golden books")
        nodes = books.execute("SELECT count(*) FROM nodes").fetchone()[0]
    books.close()
    shutil.chown(BOOKS, "loa-server", "loa-server")
    BOOKS.chmod(0o600)
    return nodes


def later_packages():
    """The same packages as the next version will be: another version, and another policy.toml than the ward's."""
    made = []
    for deb in sorted(HERE.glob("*.deb")):
        tree = Path("/tmp/later", deb.stem)
        tree.parent.mkdir(exist_ok=True)
        run("dpkg-deb", "-R", deb, tree)
        control = tree / "DEBIAN/control"
        version = re.search(r"^Version: (.*)$", control.read_text(), re.M)[1]
        control.write_text(control.read_text().replace(version, version + "+later"))
        policy = tree / "etc/loa/policy.toml"
        if policy.exists():
            policy.write_text(policy.read_text() + "# A later version says more.\n")
        made.append(Path("/tmp/later", deb.name.replace(version, version + "+later")))
        run("dpkg-deb", "--root-owner-group", "-b", tree, made[-1])
    return made


def upgrade():
    nodes = with_old_books()
    before = sums()
    run(*APT, "install", *later_packages())
    require("+later" in run("dpkg-query", "-W", "-f=${Version}", "loa-server"), "not upgraded")
    require(Path("/etc/loa/policy.toml.dpkg-dist").exists(), "the later policy.toml is not offered")
    require(sums() == before, [k for k in before.keys() | sums().keys() if before.get(k) != sums().get(k)])
    check_configuration()
    start()
    Unit("loa-node")
    health = Person("nobody").ask("GET", "/api/health")
    require(health["state"] == "ok", health)
    Unit.stop_all()
    with sqlite3.connect(BOOKS) as books:
        schema = books.execute("PRAGMA user_version").fetchone()[0]
        require(schema > 11, schema)
        require(books.execute("SELECT count(*) FROM nodes").fetchone()[0] == nodes, "loudspeakers are missing after the upgrade")
    books.close()
    say(f"upgraded: configuration, keys and data kept; books of schema 11 brought to {schema} with their {nodes} loudspeakers")


def remove():
    before = sums()
    said = run(*APT, "remove", *PACKAGES)
    require("dpkg: warning" not in said, said)
    require(sums() == before, "removing has changed what is kept")
    for program in ("loa", "loa-server", "loa-signer", "loa-node", "loa-intake"):
        require(shutil.which(program) is None, program)
    say(f"removed: programs gone, {len(before)} files of the ward kept")


def purge(before):
    run(*APT, "purge", *PACKAGES)
    left = difference(before, snapshot())
    require(not left, "left after the purge:\n" + "\n".join(left))
    say("purged: files, accounts and groups are those of before")


def main():
    before = install()
    alone()
    check_installed()
    check_configuration()
    set_up()
    start()
    people = set_up_people()
    enrol()
    air(people)
    Unit.stop_all()
    upgrade()
    remove()
    purge(before)


if __name__ == "__main__":
    BEGAN = time.monotonic()
    try:
        main()
    except AssertionError as failure:
        say(f"FAILED: {failure}")
        for running in Unit.running:
            print(f"--- {running.name}\n{running.log.read_text(errors='replace')[-3000:]}")
        sys.exit(1)
    say("the packages are good")
