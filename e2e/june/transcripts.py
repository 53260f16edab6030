"""What a pipeline published: every message checked against its schema, and what is wrong with them as a whole.

`Collector` reads FINALs and VOIDs from the pipeline's TRANSCRIPTS stream, in order and as the server stored them, and
PARTIALs as they fly by. `examine` compares what was said with what was published; it is a pure function.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import nats
from jsonschema import Draft202012Validator
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from referencing import Registry, Resource

from june import clock, words
from june.speakers import Spoken

SCHEMAS = Path(__file__).resolve().parents[2] / "crds/src/main/resources/schema"
KINDS = ("final", "void", "partial", "deadletter")
MESSAGES_KEPT = 100_000
CONNECT_SECONDS = 30
# Two utterances of one participant may touch: the times of words are no finer than this.
_TOUCHING_SECONDS = 0.05


class TranscriptsError(Exception):
    """NATS or the stream is not there; the message says which."""


@dataclass(frozen=True)
class Transcript:
    """A FINAL, or a VOID (`text` is empty then): one utterance that is over."""

    kind: str
    utterance: str
    room: str
    participant: str
    sequence: int
    text: str
    started: float
    ended: float
    arrived: float
    data: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Partial:
    utterance: str
    room: str
    participant: str
    revision: int
    stable: str
    unstable: str
    arrived: float

    @property
    def text(self) -> str:
        return f"{self.stable} {self.unstable}".strip()


Message = Transcript | Partial


@cache
def validator(kind: str) -> Draft202012Validator:
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.schema.json")}
    registry = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in schemas.values())
    return Draft202012Validator(schemas[f"{kind}.schema.json"], registry=registry)


def faults(kind: str, payload: bytes) -> list[str]:
    """Why a message is not what its schema says; empty if it is."""
    try:
        event = json.loads(payload)
    except ValueError as error:
        return [f"{kind}: not JSON: {error}"]
    return [f"{kind} {error.json_path}: {error.message}" for error in validator(kind).iter_errors(event)]


def read(payload: bytes, arrived: float) -> Message:
    """A message that is what its schema says."""
    event = json.loads(payload)
    kind = event["type"].removeprefix("dev.june.stt.transcript.").removesuffix(".v1")
    data = event["data"]
    origin = data["origin"]
    room, participant = origin["room"], origin["participant"]["identity"]
    if kind == "partial":
        return Partial(
            data["utteranceId"], room, participant, data["revision"], data["stable"], data["unstable"], arrived
        )
    speech = data["speech"]
    return Transcript(
        kind=kind,
        utterance=data["utteranceId"],
        room=room,
        participant=participant,
        sequence=data["sequence"],
        text=data.get("text", ""),
        started=clock.parse(speech["startedAt"]),
        ended=clock.parse(speech["endedAt"]),
        arrived=arrived,
        data=data,
    )


class Collector:
    """Listens to one pipeline from the moment it is entered until it is left."""

    def __init__(self, url: str, namespace: str, pipeline: str, on_message: Callable[[Message], None] = lambda _: None):
        self.finals: list[Transcript] = []
        self.voids: list[Transcript] = []
        self.partials: list[Partial] = []
        self.faults: list[str] = []
        self._url = url
        # Both are Kubernetes names, which need no encoding in a subject.
        self._subjects = f"stt.v1.{namespace}.{pipeline}"
        self._stream = f"STT_{namespace}_{pipeline}_TRANSCRIPTS"
        self._on_message = on_message
        self._client: Client | None = None

    async def __aenter__(self) -> "Collector":
        try:
            self._client = await asyncio.wait_for(  # by itself it would try to connect for ever
                nats.connect(self._url, max_reconnect_attempts=-1, reconnect_time_wait=0.5, error_cb=self._on_error),
                CONNECT_SECONDS,
            )
        except (OSError, TimeoutError, nats.errors.Error) as error:
            raise TranscriptsError(f"NATS at {self._url} does not answer: {error or 'no answer'}") from error
        try:
            await self._client.subscribe(f"{self._subjects}.partial.>", cb=self._on_partial)
            await self._client.jetstream().subscribe(
                f"{self._subjects}.>",
                stream=self._stream,
                ordered_consumer=True,
                config=ConsumerConfig(deliver_policy=DeliverPolicy.NEW),
                cb=self._on_transcript,
            )
            await self._client.flush()
        except NotFoundError as error:
            await self._client.close()
            raise TranscriptsError(f"the stream {self._stream} is not there: is the pipeline ready?") from error
        except nats.errors.Error as error:
            await self._client.close()
            raise TranscriptsError(f"NATS at {self._url} does not let us listen: {error}") from error
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._client is not None:
            await self._client.close()

    async def _on_transcript(self, message: Msg) -> None:
        arrived = clock.now()
        kind = message.subject.split(".")[4]
        if kind not in ("final", "void"):
            self._fault(f"{self._stream}: expected finals and voids, got the subject {message.subject}")
        elif self._valid(kind, message.data):
            transcript = read(message.data, arrived)
            assert isinstance(transcript, Transcript)
            (self.finals if kind == "final" else self.voids).append(transcript)
            self._on_message(transcript)

    async def _on_partial(self, message: Msg) -> None:
        arrived = clock.now()
        if self._valid("partial", message.data):
            partial = read(message.data, arrived)
            assert isinstance(partial, Partial)
            if len(self.partials) < MESSAGES_KEPT:
                self.partials.append(partial)
            self._on_message(partial)

    def _valid(self, kind: str, payload: bytes) -> bool:
        found = faults(kind, payload)
        for fault in found:
            self._fault(fault)
        return not found

    def _fault(self, fault: str) -> None:
        if len(self.faults) < 1000:
            self.faults.append(fault)

    async def _on_error(self, error: Exception) -> None:
        """The client reconnects by itself, and the consumer goes on behind the last message it had."""


@dataclass
class Passage:
    """Clips that one participant said and the FINALs whose speech overlaps them.

    Usually one of each; a clip with a long pause in it becomes several utterances, two clips without a pause between one.
    """

    participant: str
    spoken: list[Spoken] = field(default_factory=list)
    finals: list[Transcript] = field(default_factory=list)

    @property
    def said(self) -> str:
        return " ".join(spoken.clip.reference for spoken in self.spoken)

    @property
    def heard(self) -> str:
        return " ".join(final.text for final in self.finals)

    @property
    def language(self) -> str:
        return self.spoken[0].clip.language if self.spoken else "en"

    @property
    def scored(self) -> bool:
        """Whether it is known what was said: not if somebody was interrupted."""
        return all(spoken.clip.reference for spoken in self.spoken)

    @property
    def score(self) -> words.Score:
        return words.compare(self.said, self.heard, self.language) if self.scored else words.Score()

    @property
    def latency(self) -> float | None:
        """Seconds from the last spoken sample to the arrival of the last FINAL."""
        if not self.spoken or not self.finals:
            return None
        return self.finals[-1].arrived - self.spoken[-1].ended


@dataclass(frozen=True)
class Findings:
    """What was said against what was published. `problems` is empty if each utterance has exactly one FINAL."""

    passages: list[Passage]
    finals: int
    voids: int
    duplicates: int
    lost: int
    unexpected: int
    gaps: int
    problems: list[str]

    @property
    def score(self) -> words.Score:
        return words.total(passage.score for passage in self.passages)

    @property
    def latencies(self) -> list[float]:
        return sorted(latency for passage in self.passages if (latency := passage.latency) is not None)


def examine(
    spoken: Iterable[Spoken], finals: Iterable[Transcript], voids: Iterable[Transcript] = (), faults: Iterable[str] = ()
) -> Findings:
    finals, voids = list(finals), list(voids)
    doubled = _duplicates([*finals, *voids])
    passages = _passages(list(spoken), _first_of_each(finals))
    lost = [s for passage in passages if not passage.finals for s in passage.spoken]
    unexpected = [final for passage in passages if not passage.spoken for final in passage.finals]
    gaps = _gaps([*finals, *voids])
    problems = [
        *faults,
        *doubled,
        *(f"lost: {s.participant} said {s.clip.id} and no FINAL came" for s in lost),
        *(f"unexpected: {f.participant} said nothing when {f.utterance} was heard: “{f.text}”" for f in unexpected),
        *gaps,
    ]
    return Findings(passages, len(finals), len(voids), len(doubled), len(lost), len(unexpected), len(gaps), problems)


def _first_of_each(finals: list[Transcript]) -> list[Transcript]:
    first: dict[str, Transcript] = {}
    for final in finals:
        first.setdefault(final.utterance, final)
    return list(first.values())


def _duplicates(transcripts: list[Transcript]) -> list[str]:
    """The same utterance twice, and two utterances that cover the same speech."""
    found = []
    by_participant: dict[tuple[str, str], list[Transcript]] = defaultdict(list)
    seen = set()
    for transcript in transcripts:
        if transcript.utterance in seen:
            found.append(f"duplicate: {transcript.participant}'s {transcript.utterance} came again: “{transcript.text}”")
        else:
            seen.add(transcript.utterance)
            by_participant[transcript.room, transcript.participant].append(transcript)
    for mine in by_participant.values():
        mine.sort(key=lambda transcript: transcript.started)
        for before, after in zip(mine, mine[1:]):
            if before.ended - after.started > _TOUCHING_SECONDS:
                found.append(
                    f"duplicate: {after.participant}'s {before.utterance} and {after.utterance} share "
                    f"{before.ended - after.started:.2f} s of speech"
                )
    return found


def _gaps(transcripts: list[Transcript]) -> list[str]:
    found = []
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for transcript in transcripts:
        numbers[transcript.room, transcript.participant].add(transcript.sequence)
    for (_, participant), mine in sorted(numbers.items()):
        missing = sorted(set(range(1, max(mine))) - mine)
        if missing:
            found.append(f"gap: of {participant}'s utterances 1 to {max(mine)} these are missing: {missing}")
    return found


def _passages(spoken: list[Spoken], finals: list[Transcript]) -> list[Passage]:
    """Sweeps over each participant's time; what overlaps, directly or through others, is one passage."""
    stretches: dict[tuple[str, str], list[tuple[float, float, Spoken | Transcript]]] = defaultdict(list)
    for item in (*spoken, *finals):
        stretches[item.room, item.participant].append((item.started, item.ended, item))
    passages = []
    for (_, participant), mine in stretches.items():
        reaches = float("-inf")
        for started, ended, item in sorted(mine, key=lambda stretch: stretch[:2]):
            if started > reaches:
                passages.append((started, Passage(participant)))
            reaches = max(reaches, ended)
            target = passages[-1][1]
            (target.spoken if isinstance(item, Spoken) else target.finals).append(item)
    return [passage for _, passage in sorted(passages, key=lambda entry: entry[0])]
