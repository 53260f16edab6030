"""The benchmark's numbers for people: a table in the terminal, and a page with charts that needs nothing but itself."""

from __future__ import annotations

import html as markup
import os
import platform
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from june.report import table

Run = dict[str, Any]

_HEADINGS = (
    "people", "model", "partials", "final p50", "p95", "p99", "first partial p50", "p95", "flicker", "WER", "dup", "lost",
    "CPU s / audio s", "RSS MB",
)  # fmt: skip
_STAGES = ("hear", "endpoint", "queue", "decode", "publish", "deliver")
_COLOURS = ("#2f6fb0", "#c2571a", "#3f8f4f", "#8a56a8", "#a98b12", "#b0415f")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 430, 250, 52, 34, 12


def machine() -> dict[str, Any]:
    """What the numbers were taken on."""
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
        platform.machine(),
    )
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def terminal(runs: Sequence[Run]) -> str:
    return table(_HEADINGS, [_cells(run) for run in runs])


def _cells(run: Run) -> tuple[str, ...]:
    start = (str(run["participants"]), run["model"], "on" if run["partials"] else "off")
    if "failed" in run:
        return (*start, "failed", *[""] * (len(_HEADINGS) - 4))
    final, first = run["finalLatencyMs"], run["firstPartialMs"]
    return (
        *start,
        *(_seconds(final.get(p)) for p in ("p50", "p95", "p99")),
        *(_seconds(first.get(p)) for p in ("p50", "p95")),
        f"{run['flicker']:.1%}" if run["partialsSent"] else "–",
        f"{run['wer']:.1%}",
        str(run["duplicates"]),
        str(run["lost"]),
        _number(run["cpuSecondsPerAudioSecond"]),
        _number(run["rssMb"]),
    )


def _seconds(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _number(value: float | None) -> str:
    return "–" if value is None else str(value)


def html(result: dict[str, Any]) -> str:
    """The whole page. Charts are SVG in it; there is no script, no font and no picture to fetch."""
    runs: list[Run] = result["runs"]
    done = [run for run in runs if "failed" not in run]
    where = result["machine"]
    charts = [
        ("Last word to FINAL, p50 (s)", lambda run: _thousandth(run["finalLatencyMs"].get("p50"))),
        ("Last word to FINAL, p95 (s)", lambda run: _thousandth(run["finalLatencyMs"].get("p95"))),
        ("First word to first partial, p50 (s)", lambda run: _thousandth(run["firstPartialMs"].get("p50"))),
        ("CPU seconds per second of audio", lambda run: run["cpuSecondsPerAudioSecond"]),
        ("Word error rate (%)", lambda run: 100 * run["wer"]),
        ("Memory, RSS (MB)", lambda run: run["rssMb"]),
    ]
    problems = [
        f"{_people(run)}: {problem}" for run in runs for problem in ([run["failed"]] if "failed" in run else run["problems"])
    ]
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>June STT benchmark</title>
<style>
:root {{ color-scheme: light dark; --line: #8886; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; }} h2 {{ font-size: 1.1rem; margin-top: 2rem; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }}
.wide {{ overflow-x: auto; }}
th, td {{ padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }}
th:nth-child(2), td:nth-child(2) {{ text-align: left; }}
figure {{ display: inline-block; margin: 0 1rem 1rem 0; max-width: 100%; }}
figcaption {{ font-weight: 600; }}
svg {{ max-width: 100%; height: auto; }} svg text {{ fill: currentColor; font: 11px system-ui, sans-serif; }}
.legend span {{ display: inline-block; margin-right: 1.2rem; }} .legend i {{ display: inline-block; width: 1.6em; height: 3px; vertical-align: middle; margin-right: .4em; }}
</style>
<h1>June STT benchmark</h1>
<p>{_text(where["cores"])} cores of {_text(where["cpu"])}, {_text(where["system"])}, {_text(where["time"])}. Publishers, LiveKit server, NATS and
worker on the same machine. {len(result["speech"])} recordings, whole conversations with pauses, in real time; seed {_text(result["seed"])}.</p>
<p class="legend">{"".join(f'<span><i style="background:{colour}"></i>{_text(name)}</span>' for (name, _), colour in zip(_series(done), _COLOURS))}</p>
{"".join(_chart(title, done, value) for title, value in charts)}
<h2>All numbers</h2>
<div class="wide">{_table(_HEADINGS, [_cells(run) for run in runs])}</div>
<h2>Where the time goes: milliseconds from the last spoken sample to the FINAL, p50 / p95</h2>
<p>hear: until the worker's end of speech · endpoint: silence until the utterance is over · queue: until its decode begins · decode ·
publish: from end of speech to publishing, all of these together · deliver: from publishing to a subscriber. Decoding begins during the
silence, so the stages overlap.</p>
<div class="wide">{_table(("people", "model", "partials", *_STAGES), [_stage_cells(run) for run in done])}</div>
{"<h2>What went wrong</h2><ul>" + "".join(f"<li>{_text(problem)}</li>" for problem in problems) + "</ul>" if problems else ""}
</html>
"""


def _people(run: Run) -> str:
    return f"{run['participants']} × {run['model']}, partials {'on' if run['partials'] else 'off'}"


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _stage_cells(run: Run) -> tuple[str, ...]:
    def cell(stage: str) -> str:
        numbers = run["stagesMs"][stage]
        return f"{numbers['p50']} / {numbers['p95']}" if numbers["count"] else "–"

    return (str(run["participants"]), run["model"], "on" if run["partials"] else "off", *(cell(stage) for stage in _STAGES))


def _series(runs: Sequence[Run]) -> list[tuple[str, list[Run]]]:
    """Runs that differ in the number of people alone, in the order of their first."""
    series: dict[str, list[Run]] = {}
    for run in runs:
        series.setdefault(f"{run['model']}, partials {'on' if run['partials'] else 'off'}", []).append(run)
    return list(series.items())


def _chart(title: str, runs: Sequence[Run], value: Callable[[Run], float | None]) -> str:
    """One value against the number of people, a line for each series."""
    lines = [
        (name, colour, [(run["participants"], v) for run in sorted(mine, key=lambda r: r["participants"]) if (v := value(run)) is not None])
        for (name, mine), colour in zip(_series(runs), _COLOURS)
    ]
    points = [point for _, _, line in lines for point in line]
    if not points:
        return ""
    people = sorted({x for x, _ in points})
    top = _round_up(max(y for _, y in points))

    def x(count: int) -> float:
        spread = _WIDTH - _LEFT - 20
        return _LEFT + 10 + (people.index(count) * spread / (len(people) - 1) if len(people) > 1 else spread / 2)

    def y(amount: float) -> float:
        return _TOP + (_HEIGHT - _BOTTOM - _TOP) * (1 - amount / top)

    parts = [f'<figure><figcaption>{_text(title)}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" aria-label="{_text(title)}">']
    for step in range(5):
        amount = top * step / 4
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - 10}" y1="{y(amount):.1f}" y2="{y(amount):.1f}" stroke="#8884"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(amount) + 4:.1f}" text-anchor="end">{amount:.3g}</text>')
    for count in people:
        parts.append(f'<text x="{x(count):.1f}" y="{_HEIGHT - 14}" text-anchor="middle">{count}</text>')
    for name, colour, line in lines:
        path = " ".join(f"{x(count):.1f},{y(amount):.1f}" for count, amount in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for count, amount in line:
            label = f"{name}: {amount:.3g} with {count} speaking"
            parts.append(f'<circle cx="{x(count):.1f}" cy="{y(amount):.1f}" r="3.5" fill="{colour}"><title>{_text(label)}</title></circle>')
    parts.append("</svg></figure>")
    return "".join(parts)


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5 or 8 times a power of ten; never zero."""
    power = 1e-3
    while value > 0:
        for step in (1, 2, 4, 5, 8):
            if value <= step * power:
                return step * power
        power *= 10
    return 1.0


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(value: object) -> str:
    return markup.escape(str(value))
