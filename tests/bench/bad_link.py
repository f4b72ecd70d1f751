#!/usr/bin/python3
"""Packets between two network namespaces through this process: late, and some never. For kernels without netem.

    with BadLink(delay_ms=50, jitter_ms=20, loss=0.05) as link: link.command_near([...]), link.command_far([...])

Root only. The namespaces, their addresses NEAR and FAR and the wires go away at the end. In FAR the name localhost
means NEAR, so that a program finds there what listens here."""
import heapq
import os
import random
import selectors
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

NEAR, FAR = "10.177.0.1", "10.177.0.2"
ETH_P_ALL = 3


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class BadLink:
    def __init__(self, delay_ms, jitter_ms, loss, seed=1):
        self.delay_s, self.jitter_s, self.loss = delay_ms / 1000, jitter_ms / 1000, loss
        self.random = random.Random(seed)
        self.name = f"loa{os.getpid() % 10000}"
        self.passed = self.lost = 0

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        hosts = Path(self.folder.name, "hosts")
        hosts.write_text(f"{NEAR}\tlocalhost\n")
        self.hosts = hosts
        for side, address in (("n", NEAR), ("f", FAR)):
            space, inner, outer = self.name + side, f"{self.name}{side}i", f"{self.name}{side}o"
            run("ip", "netns", "add", space)
            run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", space)
            run("ip", "link", "set", outer, "up")
            run("ip", "-n", space, "link", "set", "lo", "up")
            run("ip", "-n", space, "address", "add", f"{address}/24", "dev", inner)
            run("ip", "-n", space, "link", "set", inner, "up")
            # A frame that leaves here must be whole: nobody fills in its checksum later.
            run("ip", "netns", "exec", space, "ethtool", "-K", inner, "tx", "off", "gso", "off", "tso", "off", "gro", "off")
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.forward)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        for side in "nf":
            subprocess.run(["ip", "netns", "delete", self.name + side], check=False)
        self.folder.cleanup()

    def command_near(self, command):
        return ["ip", "netns", "exec", self.name + "n", *map(str, command)]

    def command_far(self, command):
        # `ip netns exec` gives a mount namespace of its own; the name is set inside it.
        return ["ip", "netns", "exec", self.name + "f", "sh", "-c", f"mount --bind {self.hosts} /etc/hosts && exec \"$@\"", "sh",
                *map(str, command)]

    def forward(self):
        ends = []
        for side in "nf":
            end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
            end.bind((f"{self.name}{side}o", 0))
            end.setblocking(False)
            ends.append(end)
        selector = selectors.DefaultSelector()
        for i, end in enumerate(ends):
            selector.register(end, selectors.EVENT_READ, 1 - i)
        waiting, last, count = [], [0.0, 0.0], 0
        while not self.stop.is_set():
            pause = min(max(waiting[0][0] - time.monotonic(), 0), 0.1) if waiting else 0.1
            for key, _ in selector.select(pause):
                while True:
                    try:
                        frame, address = key.fileobj.recvfrom(65536)
                    except BlockingIOError:
                        break
                    if address[2] == socket.PACKET_OUTGOING:
                        continue
                    if self.random.random() < self.loss:
                        self.lost += 1
                        continue
                    self.passed += 1
                    delay = self.delay_s + self.random.uniform(-self.jitter_s, self.jitter_s)
                    # A line does not overtake itself.
                    last[key.data] = max(last[key.data], time.monotonic() + delay)
                    count += 1
                    heapq.heappush(waiting, (last[key.data], count, key.data, frame))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, to, frame = heapq.heappop(waiting)
                try:
                    ends[to].send(frame)
                except OSError:
                    self.lost += 1
        for end in ends:
            end.close()
