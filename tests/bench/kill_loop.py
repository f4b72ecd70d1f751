#!/usr/bin/python3
"""A ward in which something is killed every few seconds while it plays: kill -9 of a node, the server, its signer or the
broker at random, started again at once; once in 20 times the broker's data folder is wiped with it.

usage: kill_loop [kills, default 200] [seed, default: from the clock]

At the end each planned play must have exactly one outcome on each node; no outcome that the office once saw may be
gone or other; nothing may have sounded longer than its clip; every database must be whole. Exit 0 when all that holds.
200 kills take about 15 minutes."""
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from node_playing import free_ports
from real_ward import NODES, RealWard

CLIP_S = 15
BETWEEN_S = 25
FINAL = ("played", "late", "partial", "stopped", "missed")


def key(outcome):
    return outcome["node"], outcome["play"]


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder, "speech.wav")
        subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", str(recording), "synth", str(CLIP_S), "pinknoise", "band", "-n",
                        "600", "800", "tremolo", "4", "90", "gain", "-n", "-6"], check=True)
        with RealWard(Path(folder, "ward"), recording, *free_ports()) as ward:
            for name in ward.commands:
                ward.start(name)
            sys.exit(0 if run(ward, kills, chance) else 1)


def run(ward, kills, chance):
    schedules, seen, faults, killed = [], {}, [], Counter()
    next_start = time.time() + 20
    for _ in range(kills):
        if time.time() > next_start - 12:
            schedule = attempt(lambda: ward.schedule(next_start, 10_000))
            if schedule:
                schedules.append(schedule)
                next_start += BETWEEN_S
            elif time.time() > next_start - 9:
                next_start += BETWEEN_S  # nobody was there to take it
        time.sleep(chance.uniform(1.0, 5.0))
        name = chance.choice(["server", "signer", "broker", *NODES])
        ward.end(name, signal.SIGKILL)
        if name == "broker" and chance.random() < 0.25:
            shutil.rmtree(ward.folder / "broker/data")
            (ward.folder / "broker/data").mkdir()
            killed["broker wiped"] += 1
        killed[name] += 1
        ward.start(name)
        look(ward, schedules[-4:], seen, faults)
    # Peace: what is owed comes in. The server's own timer speaks 10 minutes after a play that nobody reports.
    deadline = time.time() + BETWEEN_S + 700
    while time.time() < deadline:
        time.sleep(5)
        look(ward, schedules, seen, faults)
        if time.time() > next_start + CLIP_S and len(seen) == len(schedules) * len(NODES):
            break
    print("killed:", ", ".join(f"{name} {times}" for name, times in sorted(killed.items())))
    print("plays:", len(schedules), "on", len(NODES), "nodes; outcomes:",
          ", ".join(f"{how} {times}" for how, times in Counter(f"{r}{'/' + why if why else ''}" for r, why, _ in seen.values()).items()))
    if len(seen) != len(schedules) * len(NODES):
        faults.append(f"{len(schedules) * len(NODES) - len(seen)} plays without an outcome")
    for (node, play), (_, _, heard) in seen.items():
        if heard > CLIP_S * 1000 + 300:
            faults.append(f"{node} sounded {heard} ms of {play}")
    for name in list(ward.running):
        ward.end(name)
    for database in [ward.folder / "server/server.db", *(ward.folder / "nodes" / n / "data/node.db" for n in NODES)]:
        with sqlite3.connect(database) as books:
            state = books.execute("PRAGMA integrity_check").fetchone()[0]
            if state != "ok":
                faults.append(f"{database.name}: {state}")
    for fault in sorted(set(faults)):
        print("FAULT", fault)
    print("no outcome lost, none changed, nothing sounded twice, every store whole" if not faults else f"{len(set(faults))} faults")
    return not faults


def attempt(call):
    try:
        return call()
    except ConnectionError:
        return None


def look(ward, schedules, seen, faults):
    for schedule in schedules:
        for o in attempt(lambda: ward.outcomes(schedule)) or []:
            if o["result"] not in FINAL or o.get("reason") == "no_report":
                continue
            word = (o["result"], o.get("reason") or "", o.get("heard_ms") or 0)
            if seen.setdefault(key(o), word) != word:
                faults.append(f"{key(o)} was {seen[key(o)]} and is {word}")


if __name__ == "__main__":
    main()
