"""``python -m tests.benchmarks.sockets.client``: a closed loop of keep-alive connections.

Each connection sends its next question when it has the whole answer to the last. In a process of
its own, on raw sockets, so that what is measured is the server: an answer costs it some 40
microseconds.
"""

import json
import select
import socket
import sys
from pathlib import Path
from time import perf_counter

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    "Accept: application/json\r\nContent-Length: {length}\r\n\r\n"
)


class Connection:
    """One socket and the question it is waiting for."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received, self.sent = b"", 0.0

    def ask(self, question):
        self.sent = perf_counter()
        self.socket.sendall(question)

    def heard(self):
        """Read what is there and return whether the answer is whole; anything but 200 ends it."""
        self.received += self.socket.recv(262_144)
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end or len(body) < length_of(head):
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self.received.decode())
        self.received = b""
        return True


def length_of(head):
    """Return how long the body is, by the head of an answer."""
    [line] = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return int(line.split(b":")[1])


def drive(address, questions, connections):
    """Ask every question once and return the seconds in all and of each answer."""
    poll, left, seconds = select.poll(), iter(questions), []
    each = {one.socket.fileno(): one for one in (Connection(address) for _ in range(connections))}
    start = perf_counter()
    for number, one in each.items():
        poll.register(number, select.POLLIN)
        one.ask(next(left))
    waiting = len(each)
    while waiting:
        for number, _ in poll.poll(60_000):
            one = each[number]
            if one.heard():
                seconds.append(perf_counter() - one.sent)
                question = next(left, None)
                if question is None:
                    waiting -= 1
                else:
                    one.ask(question)
    took = perf_counter() - start
    for one in each.values():
        one.socket.close()
    return took, seconds


def main(host, port, path, bodies, connections, times):
    questions = [
        HEAD.format(path=path, host=host, length=len(body)).encode() + body
        for body in Path(bodies).read_bytes().splitlines()
    ] * int(times)
    print(json.dumps(drive((host, int(port)), questions, int(connections))))


if __name__ == "__main__":
    main(*sys.argv[1:])
