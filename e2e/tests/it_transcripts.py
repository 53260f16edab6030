"""The collector against a real NATS server, with messages that are published by hand."""

import asyncio
import tempfile
import unittest
from contextlib import asynccontextmanager
from pathlib import Path

import nats
from nats.js.api import DiscardPolicy, StreamConfig

from june.servers import NatsServer
from june.transcripts import Collector, TranscriptsError, examine
from tests.samples import message

SUBJECT = "stt.v1.demo.meetings"
STREAM = "STT_demo_meetings_TRANSCRIPTS"
LIMIT_SECONDS = 180
MAXIMUM_PER_SUBJECT = 10077


class CollectorIT(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.nats = NatsServer(self.folder)
        self.addCleanup(lambda: self.nats.daemon.stop())

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)
        self.client = await nats.connect(
            self.nats.url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=self.expected_error
        )
        self.addAsyncCleanup(self.client.close)
        self.jetstream = self.client.jetstream()
        await self.jetstream.add_stream(
            StreamConfig(
                STREAM,
                subjects=[f"{SUBJECT}.final.>", f"{SUBJECT}.void.>"],
                max_msgs_per_subject=1,
                discard=DiscardPolicy.NEW,
                discard_new_per_subject=True,
            )
        )

    async def expected_error(self, _: Exception) -> None:
        """The server is killed in some tests."""

    @asynccontextmanager
    async def collecting(self):
        async with Collector(self.nats.url, "demo", "meetings") as collector:
            yield collector

    async def final(self, participant: str, number: int, subject: str = "", **changed: object) -> None:
        subject = subject or f"{SUBJECT}.final.room.{participant}.TR_{participant}-{number:06d}"
        await self.jetstream.publish(subject, message("final", participant, number, **changed))

    async def surely(self, participant: str, number: int) -> None:
        """Publishes until the server has it: no answer means that it may be there or not."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                try:
                    return await self.final(participant, number)
                except nats.js.errors.APIError as error:
                    self.assertEqual(error.err_code, MAXIMUM_PER_SUBJECT)
                    return
                except nats.errors.Error:
                    await asyncio.sleep(0.2)

    async def until(self, condition) -> None:
        async with asyncio.timeout(LIMIT_SECONDS):
            while not condition():
                await asyncio.sleep(0.02)

    async def test_collects_what_is_published_from_now_on(self):
        await self.final("alice", 1)
        async with self.collecting() as collector:
            await self.final("alice", 2)
            await self.jetstream.publish(f"{SUBJECT}.void.room.bob.TR_bob-000001", message("void", "bob", 1))
            await self.client.publish(f"{SUBJECT}.partial.room.bob", message("partial", "bob", 2))
            await self.until(lambda: collector.finals and collector.voids and collector.partials)
        self.assertEqual([final.utterance for final in collector.finals], ["TR_alice-000002"])
        self.assertEqual([void.participant for void in collector.voids], ["bob"])
        self.assertEqual([partial.utterance for partial in collector.partials], ["TR_bob-000002"])
        self.assertEqual(collector.faults, [])

    async def test_what_the_server_refuses_as_stored_already_is_no_duplicate(self):
        async with self.collecting() as collector:
            await self.final("alice", 1)
            with self.assertRaises(nats.js.errors.APIError):
                await self.final("alice", 1)
            await self.final("alice", 2)
            await self.until(lambda: len(collector.finals) >= 2)
        self.assertEqual([final.sequence for final in collector.finals], [1, 2])

    async def test_notices_a_duplicate_and_a_gap(self):
        later = {"startedAt": "2026-11-22T10:16:00Z", "endedAt": "2026-11-22T10:16:01Z", "start": 60.0, "end": 61.0}
        async with self.collecting() as collector:
            await self.final("alice", 1)
            await self.final("alice", 1, subject=f"{SUBJECT}.final.room.alice.again")
            await self.final("alice", 3, speech=later)
            await self.until(lambda: len(collector.finals) == 3)
        findings = examine([], collector.finals)
        self.assertEqual((findings.duplicates, findings.gaps, findings.unexpected), (1, 1, 2))

    async def test_a_message_against_its_schema_is_a_fault_and_no_transcript(self):
        async with self.collecting() as collector:
            await self.final("alice", 1, confidence={})
            await self.jetstream.publish(f"{SUBJECT}.void.room.alice.x", message("final", "alice", 2))
            await self.client.publish(f"{SUBJECT}.partial.room.alice", b"hello")
            await self.until(lambda: len(collector.faults) >= 3)
        self.assertEqual((collector.finals, collector.voids, collector.partials), ([], [], []))
        self.assertTrue(examine([], [], faults=collector.faults).problems)

    async def test_goes_on_behind_the_last_message_when_nats_comes_back(self):
        async with self.collecting() as collector:
            await self.final("alice", 1)
            await self.until(lambda: collector.finals)
            port = int(self.nats.url.rpartition(":")[2])
            self.nats.daemon.kill()
            self.nats = NatsServer(self.folder, port=port)
            await self.surely("alice", 2)
            await self.until(lambda: len(collector.finals) >= 2)
            await self.final("alice", 3)
            await self.until(lambda: len(collector.finals) >= 3)
        self.assertEqual([final.sequence for final in collector.finals], [1, 2, 3])

    async def test_says_what_is_missing(self):
        with self.assertRaisesRegex(TranscriptsError, "STT_demo_other_TRANSCRIPTS is not there"):
            async with Collector(self.nats.url, "demo", "other"):
                pass
        self.nats.daemon.kill()
        with self.assertRaisesRegex(TranscriptsError, "does not answer"):
            async with Collector(self.nats.url, "demo", "meetings"):
                pass


if __name__ == "__main__":
    unittest.main()
