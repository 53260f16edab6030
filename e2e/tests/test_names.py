import struct
import unittest

from june.names import addresses, answer

KNOWN = {"nats.meetings.svc.cluster.local": "10.98.0.7"}
A, AAAA = 1, 28


class NamesTest(unittest.TestCase):
    def test_a_service_has_its_address(self) -> None:
        reply = answer(query("Nats.meetings.svc.cluster.local", A), KNOWN)
        self.assertEqual((code(reply), answers(reply)), (0, 1))
        self.assertEqual(reply[-4:], bytes([10, 98, 0, 7]))
        self.assertEqual(reply[:2], b"\x12\x34")

    def test_a_service_has_no_address_of_the_sixth_version_but_exists(self) -> None:
        reply = answer(query("nats.meetings.svc.cluster.local", AAAA), KNOWN)
        self.assertEqual((code(reply), answers(reply)), (0, 0))

    def test_any_other_name_does_not_exist(self) -> None:
        reply = answer(query("example.org", A), KNOWN)
        self.assertEqual((code(reply), answers(reply)), (3, 0))

    def test_what_is_no_query_is_refused(self) -> None:
        whole = query("nats.meetings.svc.cluster.local", A)
        for broken in (b"", b"\x12", whole[:12], whole[:20], whole[:-1], whole[:12] + b"\xc0\x0c\x00\x01\x00\x01"):
            self.assertEqual(code(answer(broken, KNOWN)), 1, broken)
        self.assertEqual(code(answer(answer(whole, KNOWN), KNOWN)), 1, "an answer is not answered with more than an error")

    def test_headless_services_are_left_out(self) -> None:
        def service(name: str, address: str) -> dict:
            return {"metadata": {"name": name, "namespace": "n"}, "spec": {"clusterIP": address}}

        found = addresses([service("a", "10.98.0.1"), service("b", "None"), service("c", "")])
        self.assertEqual(found, {"a.n.svc.cluster.local": "10.98.0.1"})


def query(name: str, kind: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def code(reply: bytes) -> int:
    return reply[3] & 15


def answers(reply: bytes) -> int:
    return int.from_bytes(reply[6:8])


if __name__ == "__main__":
    unittest.main()
