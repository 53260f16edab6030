"""Transcripts that a service writes into the room, read by the benchmark's other ear, on a real LiveKit server."""

import asyncio
import tempfile
import unittest
from pathlib import Path

from livekit import rtc

from june.roomtranscripts import TOPIC, RoomCollector
from june.servers import LiveKitServer
from june.speakers import LiveKitAccess, Script, Speaker

LIMIT_SECONDS = 180


class RoomCollectorIT(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        server = LiveKitServer(Path(folder.name))
        self.addCleanup(server.daemon.stop)
        self.access = LiveKitAccess(server.url, server.api_key, server.api_secret)

    async def test_tells_partials_from_finals_and_who_spoke_by_the_track(self):
        async with asyncio.timeout(LIMIT_SECONDS), RoomCollector(self.access, ["talk"]) as collector:
            alice = Speaker(self.access, Script("talk", "alice", ()))
            service = rtc.Room()
            await alice.join()
            await service.connect(self.access.url, self.access.token("talk", "service"))
            try:
                while not (tracks := self.tracks(service, "alice")):
                    await asyncio.sleep(0.05)
                about = {"lk.transcribed_track_id": tracks[0], "lk.segment_id": "S1"}
                for text, final in (("ask", "false"), ("ask not", "true"), (" ", "true")):
                    attributes = {**about, "lk.transcription_final": final}
                    await service.local_participant.send_text(text, topic=TOPIC, attributes=attributes)
                while not (collector.finals and collector.partials):
                    await asyncio.sleep(0.05)
            finally:
                await alice.leave()
                await service.disconnect()
        self.assertEqual([(f.participant, f.room, f.text) for f in collector.finals], [("alice", "talk", "ask not")])
        self.assertEqual([(p.participant, p.text) for p in collector.partials], [("alice", "ask")])

    @staticmethod
    def tracks(room: rtc.Room, identity: str) -> list[str]:
        participant = room.remote_participants.get(identity)
        return list(participant.track_publications) if participant else []


if __name__ == "__main__":
    unittest.main()
