"""Speakers in a room of a real LiveKit server, heard by a hidden participant as a transcriber is."""

import asyncio
import tempfile
import unittest
from collections import defaultdict
from pathlib import Path

import numpy as np
from livekit import rtc

from june import clock, setup
from june.servers import LiveKitServer
from june.speakers import Conversation, Leave, LiveKitAccess, Mute, Pause, Say, Script, Speaker, SpeakerError, Spoken, Unmute
from june.speech import SAMPLE_RATE_HZ, read_folder

FRAME = SAMPLE_RATE_HZ // 100
LIMIT_SECONDS = 180


class Listener:
    """Hidden, subscribes to everything, keeps each frame with the time it came."""

    def __init__(self, access: LiveKitAccess, room: str):
        self.frames: dict[str, list[tuple[float, np.ndarray]]] = defaultdict(list)
        self.muted: list[tuple[str, bool]] = []
        self.left: list[str] = []
        self._access, self._name = access, room
        self._room = rtc.Room()
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self):
        self._room.on("track_subscribed", lambda track, _, who: self._readers.append(asyncio.create_task(self._read(track, who.identity))))
        self._room.on("track_muted", lambda who, _: self.muted.append((who.identity, True)))
        self._room.on("track_unmuted", lambda who, _: self.muted.append((who.identity, False)))
        self._room.on("participant_disconnected", lambda who: self.left.append(who.identity))
        await self._room.connect(self._access.url, self._access.token(self._name, "listener", hidden=True, canPublish=False))
        return self

    async def __aexit__(self, *_: object):
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        await self._room.disconnect()

    async def _read(self, track: rtc.Track, identity: str):
        stream = rtc.AudioStream(track, sample_rate=SAMPLE_RATE_HZ, num_channels=1, frame_size_ms=10)
        try:
            async for event in stream:
                self.frames[identity].append((clock.now(), np.frombuffer(event.frame.data, dtype=np.int16).copy()))
        finally:
            await stream.aclose()

    async def until(self, time: float) -> None:
        """Waits until what everybody sent until then has come: silence comes too."""
        while not all(frames[-1][0] > time for frames in self.frames.values()):
            await asyncio.sleep(0.05)

    def heard(self, identity: str, spoken: Spoken) -> tuple[float, float]:
        """Where in the audio that arrived from somebody the clip is: how like it is (correlation of energies), and how long after sending."""
        frames = [(at, f) for at, f in self.frames[identity] if spoken.started - 1 < at < spoken.ended + 2]
        times = [at for at, _ in frames]
        arrived = energies(np.concatenate([f for _, f in frames]))
        sent = energies(spoken.clip.samples[spoken.clip.first : spoken.clip.last + 1])
        likeness = [np.corrcoef(sent, arrived[at : at + len(sent)])[0, 1] for at in range(len(arrived) - len(sent))]
        best = int(np.argmax(likeness))
        return likeness[best], times[best] - spoken.started


def energies(samples: np.ndarray) -> np.ndarray:
    frames = len(samples) // FRAME
    return np.sqrt(np.square(samples[: frames * FRAME].astype(float)).reshape(frames, FRAME).mean(axis=1))


class SpeakersIT(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        server = LiveKitServer(Path(folder.name))
        cls.addClassCleanup(server.daemon.stop)
        cls.access = LiveKitAccess(server.url, server.api_key, server.api_secret)
        cls.clips = {clip.id: clip for clip in read_folder(setup.ensure("speech").speech)}

    async def asyncSetUp(self):
        asyncio.get_running_loop().set_debug(False)  # it is on in these test cases and too slow for real time

    async def test_two_people_over_each_other_are_heard_apart_and_when_they_say_they_spoke(self):
        one, other = self.clips["en_lv_austen_0880"], self.clips["en_ps_goforward"]
        scripts = [
            Script("overlap", "alice", (Say(one), Pause(0.5), Say(one))),
            Script("overlap", "bob", (Pause(0.7), Say(other))),
        ]
        async with Listener(self.access, "overlap") as listener, asyncio.timeout(LIMIT_SECONDS):
            async with Conversation(self.access, scripts) as conversation:
                await conversation.play()
                for spoken in conversation.spoken:
                    await listener.until(spoken.ended + 1.0)
        self.assertEqual([s.participant for s in conversation.spoken], ["alice", "bob", "alice"])
        for spoken in conversation.spoken:
            likeness, delay = listener.heard(spoken.participant, spoken)
            other_likeness, _ = listener.heard("bob" if spoken.participant == "alice" else "alice", spoken)
            self.assertGreater(likeness, max(0.5, other_likeness), f"{spoken.participant} {spoken.clip.id}")
            # Heard after it was sent; how long after is the network's and the jitter buffer's affair.
            self.assertGreater(delay, 0.0, f"{spoken.participant} {spoken.clip.id}")

    async def test_mute_unmute_and_leave_happen_where_the_script_says(self):
        clip = self.clips["en_lv_austen_0880"]
        script = Script("mute", "alice", (Say(clip), Mute(), Pause(0.5), Unmute(), Say(clip.cut(1.2)), Leave()))
        async with Listener(self.access, "mute") as listener, asyncio.timeout(LIMIT_SECONDS):
            async with Conversation(self.access, [script]) as conversation:
                await conversation.play()
                while not listener.left:
                    await asyncio.sleep(0.02)
        self.assertEqual(listener.muted, [("alice", True), ("alice", False)])
        self.assertEqual(listener.left, ["alice"])
        self.assertEqual([s.clip.reference for s in conversation.spoken], [clip.reference, ""])

    async def test_says_so_when_nobody_listens(self):
        import june.speakers

        limit, june.speakers._LISTENER_SECONDS = june.speakers._LISTENER_SECONDS, 0.5
        try:
            with self.assertRaisesRegex(SpeakerError, "nobody listens in room deserted"):
                async with Conversation(self.access, [Script("deserted", "alice", ())]):
                    pass
        finally:
            june.speakers._LISTENER_SECONDS = limit

    async def test_says_so_when_the_key_is_wrong(self):
        speaker = Speaker(LiveKitAccess(self.access.url, "june", "not-the-secret-not-the-secret-not"), Script("room", "alice", ()))
        with self.assertRaisesRegex(SpeakerError, "alice cannot join room room"):
            await speaker.join()


if __name__ == "__main__":
    unittest.main()
