"""Participants that speak recorded speech in a LiveKit room, in real time, as people with microphones would.

A `Script` is what one participant does: say clips, pause, mute, unmute, leave. A `Conversation` lets them all join,
waits until somebody listens and plays the scripts; every clip that was said comes out as a `Spoken` with the wall time at
which its first and its last spoken sample were sent (june.clock).

Pacing: the native library sends 10 ms every 10 ms from a queue of its own, so the schedule is absolute and does not drift;
we keep the queue 200 ms ahead. If the machine is so busy that the queue runs dry, the times move along and `late` says by
how much.
"""

import asyncio
import json
import logging
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

import jwt
import numpy as np
from livekit import rtc
from livekit.rtc.participant import PublishTrackError

from june import clock
from june.speech import SAMPLE_RATE_HZ, Clip

# Its log repeats tokens, and what matters in it comes as an exception, too.
logging.getLogger("livekit").setLevel(logging.CRITICAL)

_CHUNK = SAMPLE_RATE_HZ // 10
_AHEAD_SECONDS = 0.2
_QUEUE_MS = 1000
_JOIN_SECONDS = 60
_LISTENER_SECONDS = 90
_SUBSCRIBE_SECONDS = 1.0


class SpeakerError(Exception):
    """A participant could not join or was not heard; the message says why."""


@dataclass(frozen=True)
class LiveKitAccess:
    """Where the LiveKit server is, and the key that opens it."""

    url: str
    api_key: str
    api_secret: str = field(repr=False)

    @property
    def http_url(self) -> str:
        return "http" + self.url.removeprefix("ws")

    def token(self, room: str, identity: str, **grants: bool) -> str:
        """A token to join a room, with more grants than that where some are named."""
        issued = int(time.time())
        claims = {
            "iss": self.api_key,
            "sub": identity,
            "nbf": issued - 10,
            "exp": issued + 6 * 3600,
            "video": {"roomJoin": True, "room": room, **grants},
        }
        return jwt.encode(claims, self.api_secret, algorithm="HS256")


@dataclass(frozen=True)
class Spoken:
    """A clip that was said: `started` and `ended` are when its first and its last spoken sample were sent."""

    room: str
    participant: str
    clip: Clip
    started: float
    ended: float


@dataclass(frozen=True)
class Say:
    clip: Clip


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Mute:
    pass


@dataclass(frozen=True)
class Unmute:
    pass


@dataclass(frozen=True)
class Leave:
    pass


Step = Say | Pause | Mute | Unmute | Leave


@dataclass(frozen=True)
class Script:
    """What one participant does. After the last step it stays, silent, until it is told to leave."""

    room: str
    participant: str
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        return sum(
            step.clip.seconds if isinstance(step, Say) else step.seconds if isinstance(step, Pause) else 0.0
            for step in self.steps
        )


class Timeline:
    """A script laid out in samples: what is said from where on, and what is done where."""

    def __init__(self, steps: tuple[Step, ...]):
        self.clips: list[tuple[int, Clip]] = []
        self.actions: list[tuple[int, Step]] = []
        at = 0
        for step in steps:
            match step:
                case Say(clip):
                    self.clips.append((at, clip))
                    at += len(clip.samples)
                case Pause(seconds):
                    at += int(seconds * SAMPLE_RATE_HZ)
                case Mute() | Unmute() | Leave():
                    self.actions.append((at, step))
        self.length = at

    def audio(self, start: int, length: int) -> np.ndarray:
        """The samples from `start` on; silence where nobody speaks."""
        out = np.zeros(length, dtype=np.int16)
        for at, clip in self.clips:
            begin, end = max(start, at), min(start + length, at + len(clip.samples))
            if begin < end:
                out[begin - start : end - start] = clip.samples[begin - at : end - at]
        return out


def participants(access: LiveKitAccess, room: str) -> list[dict[str, str]]:
    """Everybody in a room, hidden participants included. Blocks for up to ten seconds."""
    request = urllib.request.Request(
        f"{access.http_url}/twirp/livekit.RoomService/ListParticipants",
        data=json.dumps({"room": room}).encode(),
        headers={"Authorization": f"Bearer {access.token(room, '', roomAdmin=True)}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer).get("participants", [])
    except (OSError, ValueError) as error:
        raise SpeakerError(f"LiveKit at {access.url} does not say who is in room {room}: {error}") from error


class Speaker:
    """One participant: `join`, then `play` once; `leave` may be called at any time, also twice."""

    def __init__(self, access: LiveKitAccess, script: Script, on_spoken: Callable[[Spoken], None] = lambda spoken: None):
        self.script = script
        self.spoken: list[Spoken] = []
        self.late = 0.0
        self._access = access
        self._on_spoken = on_spoken
        self._timeline = Timeline(script.steps)
        self._room = rtc.Room()
        self._source: rtc.AudioSource | None = None
        self._track: rtc.LocalAudioTrack | None = None
        self._pump: asyncio.Task[None] | None = None
        self._origin = 0.0  # when sample 0 was sent; moves on if the queue ran dry
        self._starts: dict[int, float] = {}

    async def join(self) -> None:
        """Joins the room, publishes the microphone and begins to send silence."""
        script = self.script
        options = rtc.RoomOptions(auto_subscribe=False)
        try:
            await asyncio.wait_for(
                self._room.connect(self._access.url, self._access.token(script.room, script.participant), options),
                _JOIN_SECONDS,
            )
            self._source = rtc.AudioSource(SAMPLE_RATE_HZ, 1, queue_size_ms=_QUEUE_MS)
            self._track = rtc.LocalAudioTrack.create_audio_track("microphone", self._source)
            await asyncio.wait_for(
                self._room.local_participant.publish_track(
                    self._track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                ),
                _JOIN_SECONDS,
            )
        except (rtc.ConnectError, PublishTrackError, TimeoutError) as error:
            raise SpeakerError(
                f"{script.participant} cannot join room {script.room} at {self._access.url}: {error or 'no answer'}"
            ) from error

    async def play(self) -> None:
        """Plays the script from its first step to its last, or until it leaves."""
        assert self._source is not None, "join first"
        self._origin = clock.now()
        self._pump = asyncio.create_task(self._send_audio())
        try:
            for at, action in self._timeline.actions:
                await self._reach(at)
                if self._pump.done():
                    break
                await self._do(action)
                if isinstance(action, Leave):
                    return
            await self._reach(self._timeline.length)
        except asyncio.CancelledError:
            await self.leave()
            raise
        if self._pump.done():
            self._pump.result()  # it goes on until it is stopped: an end of its own is an error

    async def leave(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
        await self._room.disconnect()
        if self._source is not None:
            await self._source.aclose()

    async def _reach(self, sample: int) -> None:
        """Waits until the sample was sent. The origin may move meanwhile."""
        while self._pump is not None and not self._pump.done():
            remaining = self._origin + sample / SAMPLE_RATE_HZ - clock.now()
            if remaining <= 0:
                return
            await asyncio.sleep(remaining)

    async def _do(self, action: Step) -> None:
        assert self._track is not None
        match action:
            case Mute():
                self._track.mute()
            case Unmute():
                self._track.unmute()
            case Leave():
                await self.leave()

    async def _send_audio(self) -> None:
        assert self._source is not None
        sent = 0
        while True:
            due = self._origin + sent / SAMPLE_RATE_HZ
            await asyncio.sleep(due - _AHEAD_SECONDS - clock.now())
            behind = clock.now() - due
            if behind > 0:  # the queue ran dry: everything from here on is sent that much later
                self._origin += behind
                self.late += behind
            samples = self._timeline.audio(sent, _CHUNK)
            await self._source.capture_frame(rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE_HZ, 1, _CHUNK))
            self._note(sent, sent + _CHUNK)
            sent += _CHUNK

    def _note(self, begin: int, end: int) -> None:
        """Records the clips whose first or last spoken sample is among those that were just queued."""
        for at, clip in self._timeline.clips:
            if begin <= at + clip.first < end:
                self._starts[at] = self._origin + (at + clip.first) / SAMPLE_RATE_HZ
            if begin <= at + clip.last < end:
                ended = self._origin + (at + clip.last) / SAMPLE_RATE_HZ
                spoken = Spoken(self.script.room, self.script.participant, clip, self._starts[at], ended)
                self.spoken.append(spoken)
                self._on_spoken(spoken)


class Conversation:
    """All the participants of a run: join, wait until all are heard, play, leave."""

    def __init__(
        self, access: LiveKitAccess, scripts: list[Script], on_spoken: Callable[[Spoken], None] = lambda spoken: None
    ):
        self._access = access
        self.speakers = [Speaker(access, script, on_spoken) for script in scripts]

    @property
    def spoken(self) -> list[Spoken]:
        return sorted((s for speaker in self.speakers for s in speaker.spoken), key=lambda s: s.started)

    @property
    def late(self) -> float:
        """Seconds by which the worst speaker fell behind, because this machine was too busy."""
        return max((speaker.late for speaker in self.speakers), default=0.0)

    async def __aenter__(self) -> "Conversation":
        try:
            async with asyncio.TaskGroup() as joining:
                for speaker in self.speakers:
                    joining.create_task(speaker.join())
            await self._heard()
        except BaseException as error:
            await self._leave()
            if isinstance(error, BaseExceptionGroup):
                raise error.exceptions[0]
            raise
        return self

    async def _heard(self) -> None:
        """Waits until a listener of none of ours is in every room, and a moment longer: it still has to subscribe.

        LiveKit tells publishers about subscribers that are visible; a transcriber is hidden, but the server's own list of
        participants has it.
        """
        ours = {(speaker.script.room, speaker.script.participant) for speaker in self.speakers}
        deadline = clock.now() + _LISTENER_SECONDS
        for room in sorted({room for room, _ in ours}):
            while not any(
                (room, listener["identity"]) not in ours and listener.get("state") == "ACTIVE"
                for listener in await asyncio.to_thread(participants, self._access, room)
            ):
                if clock.now() > deadline:
                    raise SpeakerError(
                        f"nobody listens in room {room} after {_LISTENER_SECONDS} s: is a worker ready, and did LiveKit "
                        "give it the room?"
                    )
                await asyncio.sleep(0.1)
        await asyncio.sleep(_SUBSCRIBE_SECONDS)

    async def play(self) -> None:
        async with asyncio.TaskGroup() as playing:
            for speaker in self.speakers:
                playing.create_task(speaker.play())

    async def __aexit__(self, *error: object) -> None:
        await self._leave()

    async def _leave(self) -> None:
        await asyncio.gather(*(speaker.leave() for speaker in self.speakers), return_exceptions=True)
