"""One conversation from the first word to the last FINAL: people speak, transcripts come, the numbers are checked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from june import clock
from june.speakers import Conversation, LiveKitAccess, Pause, Say, Script, Spoken, Step
from june.speech import Clip
from june.transcripts import Collector, Findings, Message, Transcript, examine

PAUSE_SECONDS = 1.5
SECOND_SPEAKER_SECONDS = 1.8
LAST_FINAL_SECONDS = 180.0
QUIET_SECONDS = 2.5


@dataclass(frozen=True)
class Pipeline:
    """Where a pipeline listens and where it publishes, as reached from here."""

    namespace: str
    name: str
    livekit: LiveKitAccess
    nats_url: str


def two_people(clips: dict[str, Clip], alice: tuple[str, ...], bob: tuple[str, ...]) -> list[Script]:
    """Two participants of one room who keep talking while the other does."""
    room = f"demo-{secrets.token_hex(3)}"
    return [
        Script(room, "alice", turns([clips[name] for name in alice])),
        Script(room, "bob", (Pause(SECOND_SPEAKER_SECONDS), *turns([clips[name] for name in bob]))),
    ]


def turns(clips: list[Clip], pause_seconds: float = PAUSE_SECONDS) -> tuple[Step, ...]:
    """Clips with pauses between them that are long enough to end an utterance."""
    steps: list[Step] = []
    for clip in clips:
        steps += [Pause(pause_seconds), Say(clip)]
    return tuple(steps)


async def hold(pipeline: Pipeline, scripts: list[Script], show: Callable[[Message], None] = lambda _: None) -> Findings:
    """Lets people speak, waits until each utterance has its FINAL, and answers what is to be said about it."""
    async with Collector(pipeline.nats_url, pipeline.namespace, pipeline.name, show) as collector:
        async with Conversation(pipeline.livekit, scripts) as conversation:
            await conversation.play()
            spoken = conversation.spoken
            await last_final(spoken, lambda: [*collector.finals, *collector.voids])
    return examine(spoken, collector.finals, collector.voids, collector.faults)


async def last_final(spoken: list[Spoken], published: Callable[[], list[Transcript]]) -> None:
    """Waits until every clip is covered to its end and nothing more comes, or for as long as anybody would wait."""
    deadline = clock.now() + LAST_FINAL_SECONDS
    while clock.now() < deadline:
        over = published()
        if all(_covered(clip, over) for clip in spoken) and clock.now() - max(t.arrived for t in over) > QUIET_SECONDS:
            return
        await asyncio.sleep(0.1)


def _covered(spoken: Spoken, over: list[Transcript]) -> bool:
    """Whether an utterance reaches to the end of the clip. The worker's ear may be a second off the energy's."""
    return any(
        t.room == spoken.room and t.participant == spoken.participant and t.started < spoken.ended and t.ended > spoken.ended - 1.0
        for t in over
    )
