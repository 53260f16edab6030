"""Takes the measurements of one conversation. docs/benchmark.md says what they mean; keep the two together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from june import clock, flicker
from june.conversation import Pipeline, last_final
from june.report import percentile
from june.roomtranscripts import RoomCollector, place
from june.speakers import Conversation, Script
from june.transcripts import Collector, Findings, Partial, Passage, Transcript, examine

SAMPLE_SECONDS = 0.5
WARM_UP_ENDS_SECONDS = 5.0
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a process has used so far."""

    cpu_seconds: float
    rss_bytes: int


def usage(pid: int) -> Usage | None:
    """CPU time of all threads of a process, and its memory now; None if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, counted behind the name in brackets
    return Usage(ticks / _TICKS_PER_SECOND, pages * os.sysconf("SC_PAGE_SIZE"))


@dataclass(frozen=True)
class Measured:
    """One conversation: what was said and published, and what the worker used meanwhile."""

    findings: Findings
    partials: list[Partial]
    stream_seconds: float
    late_seconds: float
    cpu_seconds: float | None
    rss_bytes: int | None

    def numbers(self) -> dict[str, Any]:
        passages = self.findings.passages
        speech_seconds = sum(spoken.ended - spoken.started for passage in passages for spoken in passage.spoken)
        finals = [final for passage in passages for final in passage.finals]
        changes = flicker.measure(self.partials, finals)
        return {
            "wer": round(self.findings.score.error_rate, 4),
            "words": self.findings.score.words,
            "utterances": sum(len(passage.spoken) for passage in passages),
            "finals": self.findings.finals,
            "voids": self.findings.voids,
            "duplicates": self.findings.duplicates,
            "lost": self.findings.lost,
            "unexpected": self.findings.unexpected,
            "gaps": self.findings.gaps,
            "finalLatencyMs": spread([1000 * latency for latency in self.findings.latencies]),
            "stagesMs": stages(passages),
            "firstPartialMs": spread(first_partials(passages, self.partials)),
            "partialsSent": len(self.partials),
            "flicker": round(changes.edit_overhead, 4),
            "flickerDetails": {
                "editOverhead": round(changes.edit_overhead, 4),
                "unstablePartialWordRatio": round(changes.unstable_partial_word_ratio, 4),
                "normalizedErasure": round(changes.normalized_erasure, 4),
                "stableWordsChangedByFinal": round(changes.stable_changed, 4),
            },
            "streamSeconds": round(self.stream_seconds, 1),
            "speechSeconds": round(speech_seconds, 1),
            "cpuSecondsPerAudioSecond": _ratio(self.cpu_seconds, self.stream_seconds),
            "cpuSecondsPerSpeechSecond": _ratio(self.cpu_seconds, speech_seconds),
            "rssMb": round(self.rss_bytes / 1e6) if self.rss_bytes is not None else None,
            "publisherLateMs": round(1000 * self.late_seconds),
            "problems": self.findings.problems[:50],
        }


async def held(pipeline: Pipeline, warm_up: list[Script], scripts: list[Script], pid: int | None, in_room: bool) -> Measured:
    """Holds a conversation and measures it, after another one that is not measured. `pid` is the worker's, if it is on this
    machine. `in_room`: the transcripts are in the room and not in NATS."""
    async with _collector(pipeline, [*warm_up, *scripts], in_room) as collector:
        await _warmed(pipeline, warm_up)
        collector.partials.clear()
        async with Conversation(pipeline.livekit, scripts) as conversation:

            def published() -> list[Transcript]:
                mine = [final for final in collector.finals if final.room in rooms]
                return place(mine, conversation.spoken) if in_room else mine

            rooms = {script.room for script in scripts}
            before, began = usage(pid) if pid else None, clock.now()
            highest = asyncio.create_task(_highest_rss(pid))
            try:
                await conversation.play()
                await last_final(conversation.spoken, lambda: [*published(), *_voids(collector, rooms)])
            finally:
                highest.cancel()
            after, ended = usage(pid) if pid else None, clock.now()
            rss = await _result(highest)
            faults = collector.faults if isinstance(collector, Collector) else []
            findings = examine(conversation.spoken, published(), _voids(collector, rooms), faults)
    cpu = after.cpu_seconds - before.cpu_seconds if before and after else None
    return Measured(findings, collector.partials, len(scripts) * (ended - began), conversation.late, cpu, rss)


def _collector(pipeline: Pipeline, scripts: list[Script], in_room: bool) -> Collector | RoomCollector:
    if in_room:
        return RoomCollector(pipeline.livekit, {script.room for script in scripts})
    return Collector(pipeline.nats_url, pipeline.namespace, pipeline.name)


def _voids(collector: Collector | RoomCollector, rooms: set[str]) -> list[Transcript]:
    return [void for void in collector.voids if void.room in rooms] if isinstance(collector, Collector) else []


async def _warmed(pipeline: Pipeline, scripts: list[Script]) -> None:
    """Code that runs for the first time is slow; services run for longer than benchmarks."""
    if scripts:
        async with Conversation(pipeline.livekit, scripts) as conversation:
            await conversation.play()
            await asyncio.sleep(WARM_UP_ENDS_SECONDS)


async def _highest_rss(pid: int | None) -> int | None:
    highest = None
    try:
        while pid and (now := usage(pid)):
            highest = max(highest or 0, now.rss_bytes)
            await asyncio.sleep(SAMPLE_SECONDS)
    except asyncio.CancelledError:
        pass
    return highest


async def _result(task: asyncio.Task[int | None]) -> int | None:
    try:
        return await task
    except asyncio.CancelledError:  # it had not begun
        return None


def stages(passages: Sequence[Passage]) -> dict[str, dict[str, float | int]]:
    """Where the time went between the last spoken sample and the FINAL's arrival, for the last FINAL of each passage.

    The decode may begin during the silence, so the stages overlap and do not add up to the whole.
    """
    collected: dict[str, list[float]] = {"hear": [], "endpoint": [], "queue": [], "decode": [], "publish": [], "deliver": []}
    for passage in passages:
        if not passage.spoken or not passage.finals:
            continue
        final = passage.finals[-1]
        latency = final.data.get("latency")  # another service's has none
        if latency is None:
            continue
        collected["hear"].append(1000 * (final.ended - passage.spoken[-1].ended))
        collected["endpoint"].append(latency["endpointMs"])
        collected["queue"].append(latency["queueMs"])
        collected["decode"].append(latency["decodeMs"])
        collected["publish"].append(latency["totalMs"])
        collected["deliver"].append(1000 * (final.arrived - final.ended) - latency["totalMs"])
    return {name: spread(values) for name, values in collected.items()}


def first_partials(passages: Sequence[Passage], partials: Sequence[Partial]) -> list[float]:
    """Milliseconds from the first spoken sample to the first partial, where a passage has any."""
    arrivals: dict[str, float] = {}
    for partial in partials:
        arrivals.setdefault(partial.utterance, partial.arrived)
    return [
        1000 * (arrivals[passage.finals[0].utterance] - passage.spoken[0].started)
        for passage in passages
        if passage.spoken and passage.finals and passage.finals[0].utterance in arrivals
    ]


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """p50, p95, p99 and how many; without values only that there are none."""
    numbers: dict[str, float | int] = {
        f"p{percent}": round(value) for percent in (50, 95, 99) if (value := percentile(values, percent)) is not None
    }
    return {**numbers, "count": len(values)}


def _ratio(cpu_seconds: float | None, seconds: float) -> float | None:
    return round(cpu_seconds / seconds, 3) if cpu_seconds is not None and seconds else None
