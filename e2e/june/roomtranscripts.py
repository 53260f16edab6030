"""Transcripts that a service writes into the room itself, as LiveKit's agents do: text streams on the topic `lk.transcription`.

Such a transcript does not say when the speech was. `place` puts each to the clip whose words it has most of, among those the
participant had begun when it came; so a FINAL that came twice shows as words that nobody said, not as a duplicate.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from dataclasses import replace

from livekit import rtc

from june import clock
from june.speakers import LiveKitAccess, Spoken
from june.transcripts import Partial, Transcript
from june.words import align, normalise

TOPIC = "lk.transcription"
_JOIN_SECONDS = 60


class RoomCollector:
    """Listens, hidden, in rooms until it is left."""

    def __init__(self, access: LiveKitAccess, rooms: Iterable[str]) -> None:
        self.finals: list[Transcript] = []
        self.partials: list[Partial] = []
        self._access = access
        self._rooms = {name: rtc.Room() for name in rooms}
        self._reading: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> RoomCollector:
        for name, room in self._rooms.items():
            room.register_text_stream_handler(TOPIC, lambda reader, sender, name=name: self._read_aside(name, reader, sender))
            token = self._access.token(name, "june-bench-listener", hidden=True, canPublish=False)
            await asyncio.wait_for(room.connect(self._access.url, token, rtc.RoomOptions(auto_subscribe=False)), _JOIN_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, *(room.disconnect() for room in self._rooms.values()), return_exceptions=True)

    def _read_aside(self, room: str, reader: rtc.TextStreamReader, sender: str) -> None:
        task = asyncio.create_task(self._read(room, reader, sender))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _read(self, room: str, reader: rtc.TextStreamReader, sender: str) -> None:
        text = (await reader.read_all()).strip()
        arrived = clock.now()
        attributes = reader.info.attributes or {}
        participant = self._speaker(room, attributes.get("lk.transcribed_track_id", "")) or sender
        segment = attributes.get("lk.segment_id") or reader.info.stream_id
        if not text:
            return
        number = next(self._numbers)
        if attributes.get("lk.transcription_final", "").lower() == "true":
            self.finals.append(Transcript("final", f"{segment}/{number}", room, participant, number, text, 0, 0, arrived, {}))
        else:
            self.partials.append(Partial(segment, room, participant, number, "", text, arrived))

    def _speaker(self, room: str, track: str) -> str:
        """Who published a track; empty if it is not known."""
        for identity, participant in self._rooms[room].remote_participants.items():
            if track in participant.track_publications:
                return str(identity)
        return ""


def place(finals: Iterable[Transcript], spoken: Iterable[Spoken]) -> list[Transcript]:
    """The transcripts at the end of the clips that they are of, numbered anew for each participant."""
    clips = list(spoken)
    placed = []
    numbers: dict[tuple[str, str], int] = {}
    for final in finals:
        who = (final.room, final.participant)
        numbers[who] = numbers.get(who, 0) + 1
        begun = [clip for clip in clips if (clip.room, clip.participant) == who and clip.started < final.arrived]
        heard = normalise(final.text)
        best = max(begun, key=lambda clip: (align(normalise(clip.clip.reference), heard).right, clip.started), default=None)
        at = best.ended - 0.001 if best else final.arrived
        placed.append(replace(final, started=at, ended=at, sequence=numbers[who]))
    return placed
