"""Messages, clips and times for tests."""

import json

import numpy as np

from june.speakers import Spoken
from june.speech import SAMPLE_RATE_HZ, Clip
from june.transcripts import SCHEMAS, Partial, Transcript

BEGIN = 1_795_342_500.0  # 2026-11-22T10:15:00Z


def clip(reference: str = "yes", seconds: float = 1.0, name: str = "clip") -> Clip:
    samples = np.full(int(seconds * SAMPLE_RATE_HZ), 1000, dtype=np.int16)
    return Clip(name, "en", "somebody", reference, samples, 0, len(samples) - 1)


def spoken(participant: str, at: float, reference: str, seconds: float = 1.0) -> Spoken:
    return Spoken("room", participant, clip(reference, seconds), BEGIN + at, BEGIN + at + seconds)


def transcript(
    participant: str, number: int, at: float, text: str = "yes", seconds: float = 1.0, kind: str = "final", arrived: float = 1.0
) -> Transcript:
    """`arrived` is seconds behind the end of the speech."""
    return Transcript(
        kind=kind,
        utterance=f"TR_{participant}-{number:06d}",
        room="room",
        participant=participant,
        sequence=number,
        text=text if kind == "final" else "",
        started=BEGIN + at,
        ended=BEGIN + at + seconds,
        arrived=BEGIN + at + seconds + arrived,
        data={"outcome": "empty", "reason": "no_words"} if kind == "void" else {},
    )


def partial(participant: str, number: int, revision: int, stable: str, unstable: str = "", arrived: float = 0.0) -> Partial:
    return Partial(f"TR_{participant}-{number:06d}", "room", participant, revision, stable, unstable, BEGIN + arrived)


def message(kind: str, participant: str, number: int, **changed: object) -> bytes:
    """The golden message of a kind, said by somebody else, with other data where some is named."""
    event = json.loads((SCHEMAS / "examples" / f"{kind}.json").read_text(encoding="utf-8"))
    utterance = f"TR_{participant}-{number:06d}"
    event["data"]["utteranceId"] = event["id"] = utterance
    event["data"]["origin"]["participant"]["identity"] = participant
    if kind == "partial":
        event["id"] += f"/{event['data']['revision']}"
    else:
        event["data"]["sequence"] = number
    event["data"].update(changed)
    return json.dumps(event).encode()
