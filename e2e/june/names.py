"""The cluster's DNS, as small as it can be: services have addresses, and every other name is said not to exist.

That answer matters as much as the first: a name that nobody answers for costs its asker seconds, at every attempt.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping

DOMAIN = "cluster.local"
PORT = 53
TTL_SECONDS = 5
FRESH_SECONDS = 1.0
HEADER = struct.Struct(">6H")  # id, flags, number of questions, answers, authorities, additional records
IS_ANSWER, AUTHORITATIVE, RECURSION = 0x8000, 0x0400, 0x0180
NO_ERROR, MALFORMED, FAILED, NO_SUCH_NAME = 0, 1, 2, 3
TYPE_A, CLASS_INTERNET = 1, 1
NAME_OF_QUESTION = 0xC000 | HEADER.size  # a pointer: the name that was asked for


class ServiceNames:
    """Answers on UDP for the services of one API server, from a thread of its own."""

    def __init__(self, address: str, api_server: str, credentials: ssl.SSLContext) -> None:
        self._services = f"{api_server}/api/v1/services"
        self._credentials = credentials
        self._known: dict[str, str] = {}
        self._read_at = float("-inf")
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, PORT))
        threading.Thread(target=self._run, name="names", daemon=True).start()

    def stop(self) -> None:
        self._socket.close()

    def _run(self) -> None:
        while True:
            try:
                query, sender = self._socket.recvfrom(512)
                self._socket.sendto(self._answer(query), sender)
            except OSError:
                if self._socket.fileno() < 0:
                    return

    def _answer(self, query: bytes) -> bytes:
        try:
            if time.monotonic() - self._read_at > FRESH_SECONDS:
                self._known = self._read()
                self._read_at = time.monotonic()
            return answer(query, self._known)
        except (urllib.error.URLError, OSError, ValueError):  # the API server is not there: whether the name exists is unknown
            return refusal(query, FAILED)

    def _read(self) -> dict[str, str]:
        with urllib.request.urlopen(self._services, context=self._credentials, timeout=2) as response:
            return addresses(json.load(response)["items"])


def addresses(services: list[dict]) -> dict[str, str]:
    """Full name to address. Headless services have none and are left out."""
    found = {}
    for service in services:
        address = service["spec"].get("clusterIP", "None")
        if address not in ("", "None"):
            found[f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc.{DOMAIN}"] = address
    return found


def answer(query: bytes, known: Mapping[str, str]) -> bytes:
    """The answer to a DNS query with one question."""
    try:
        number, flags, questions, *_ = HEADER.unpack_from(query)
        name, end = _name(query, HEADER.size)
        kind, of_class = struct.unpack_from(">2H", query, end)
    except (struct.error, IndexError, UnicodeDecodeError):
        return refusal(query, MALFORMED)
    if flags & IS_ANSWER or questions != 1:
        return refusal(query, MALFORMED)
    question = query[HEADER.size : end + 4]
    address = known.get(name.lower())
    if address is None:
        return _header(number, NO_SUCH_NAME, questions=1) + question
    if (kind, of_class) != (TYPE_A, CLASS_INTERNET):
        return _header(number, NO_ERROR, questions=1) + question
    record = struct.pack(">3HIH", NAME_OF_QUESTION, TYPE_A, CLASS_INTERNET, TTL_SECONDS, 4)
    return _header(number, NO_ERROR, questions=1, answers=1) + question + record + ipaddress.IPv4Address(address).packed


def refusal(query: bytes, code: int) -> bytes:
    return _header(int.from_bytes(query[:2]), code)


def _header(number: int, code: int, questions: int = 0, answers: int = 0) -> bytes:
    return HEADER.pack(number, IS_ANSWER | AUTHORITATIVE | RECURSION | code, questions, answers, 0, 0)


def _name(query: bytes, start: int) -> tuple[str, int]:
    """The name at a place, and where it ends. A question's name has no pointers in it."""
    labels = []
    while length := query[start]:
        if length > 63:
            raise IndexError(f"label of {length} bytes")
        labels.append(query[start + 1 : start + 1 + length].decode("ascii"))
        start += 1 + length
    return ".".join(labels), start + 1
