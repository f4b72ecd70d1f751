#!/usr/bin/env python3
"""MQTT 5 over TLS, octet by octet, for what a well-behaved client or broker never does.

raw_mqtt.py connect HOST PORT CA [CERTIFICATE KEY]
    Says CONNECT. Prints "connack <code>" and ends with 0, or "refused: <why>" and ends with 1.
raw_mqtt.py refuse-subscriptions|say-goodbye PORT_FILE CERTIFICATE KEY
    A broker on a free loopback port (written to PORT_FILE) that accepts every client, and refuses every subscription
    with reason 0x87, or grants it and then says DISCONNECT 0x8b without closing. Runs until it is killed.
"""
import os
import socket
import ssl
import sys
import threading


def read_exactly(line, count):
    out = b""
    while len(out) < count:
        piece = line.recv(count - len(out))
        if not piece:
            raise EOFError("connection closed")
        out += piece
    return out


def read_packet(line):
    head = read_exactly(line, 1)[0]
    length, shift = 0, 0
    while True:
        octet = read_exactly(line, 1)[0]
        length |= (octet & 0x7F) << shift
        shift += 7
        if octet < 0x80:
            return head, read_exactly(line, length)


def connect(host, port, ca, certificate=None, key=None):
    context = ssl.create_default_context(cafile=ca)
    if certificate:
        context.load_cert_chain(certificate, key)
    name = b"raw"
    body = b"\x00\x04MQTT\x05\x02\x00\x1e\x00" + len(name).to_bytes(2, "big") + name
    try:
        with socket.create_connection((host, port), 20) as plain, context.wrap_socket(plain, server_hostname=host) as line:
            line.sendall(bytes([0x10, len(body)]) + body)
            head, answer = read_packet(line)
            print("connack", answer[1] if head == 0x20 else f"instead packet {head:#x}")
            return 0
    except (OSError, EOFError) as error:
        print("refused:", error)
        return 1


def serve(context, plain, habit):
    try:
        with context.wrap_socket(plain, server_side=True) as line:
            subscriptions = 0
            while True:
                head, body = read_packet(line)
                if head == 0x10:
                    line.sendall(b"\x20\x03\x00\x00\x00")
                elif head == 0x82:
                    line.sendall(b"\x90\x04" + body[:2] + b"\x00" + (b"\x01" if habit == "say-goodbye" else b"\x87"))
                    subscriptions += 1
                    if habit == "say-goodbye" and subscriptions == 2:
                        line.sendall(b"\xe0\x02\x8b\x00")
                elif head == 0xC0:
                    line.sendall(b"\xd0\x00")
                elif head == 0xE0:
                    return
    except (OSError, EOFError):
        pass


def be_odd(habit, port_file, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="ascii") as out:
        out.write(str(listener.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(context, plain, habit), daemon=True).start()


if sys.argv[1] == "connect":
    sys.exit(connect(sys.argv[2], int(sys.argv[3]), *sys.argv[4:]))
be_odd(*sys.argv[1:])
