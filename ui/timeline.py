"""Lay a run's steps out on one time axis.

A run may take milliseconds of work and days of waiting, so the axis is not even: each stretch
between two moments gets room by the logarithm of its length. Order and overlap stay true.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import log10

from nexus.core.model.view import AttemptView, RunView, StepView

TICKS = 4
LEAST = 0.8  # per cent: a bar that one can still see
SHOWN = 400  # rows; a run of thousands of turns stays readable and quick
TONES = {"ok": "ok", "error": "fail", "open": "run"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the axis in per cent, with the tone it is drawn in."""

    left: float
    width: float
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One step on the axis."""

    step: StepView
    bars: tuple[Bar, ...]


class Scale:
    """Map moments to per cent of the axis, and back for its ticks."""

    def __init__(self, moments: set[int]) -> None:
        self._at = sorted(moments) or [0]
        self._percent = [0.0]
        for earlier, later in pairwise(self._at):
            self._percent.append(self._percent[-1] + log10(10 + (later - earlier) / 1000))
        whole = self._percent[-1] or 1.0
        self._percent = [100 * each / whole for each in self._percent]

    def percent(self, moment: int) -> float:
        """Return where a moment lies; between two known ones the axis is even."""
        right = min(bisect_right(self._at, moment), len(self._at) - 1)
        left = max(right - 1, 0)
        span = self._at[right] - self._at[left]
        share = (moment - self._at[left]) / span if span else 0.0
        low, high = self._percent[left], self._percent[right]
        return low + min(max(share, 0.0), 1.0) * (high - low)

    def moment(self, percent: float) -> int:
        """Return the moment at a place on the axis."""
        right = min(bisect_right(self._percent, percent), len(self._at) - 1)
        left = max(right - 1, 0)
        width = self._percent[right] - self._percent[left]
        share = (percent - self._percent[left]) / width if width else 0.0
        return int(self._at[left] + share * (self._at[right] - self._at[left]))


def rows(run: RunView) -> list[Row]:
    """Return the steps that are shown, each with its bars."""
    scale = Scale(moments(run))
    return [Row(step, tuple(bars(step, scale, run.now))) for step in run.steps[:SHOWN]]


def moments(run: RunView) -> set[int]:
    """Return every moment at which something began or ended."""
    found = {run.row.started, run.row.ended or run.now}
    for step in run.steps[:SHOWN]:
        found.update(filter(None, (step.started, step.ended)))
        for attempt in step.attempts:
            found.update(filter(None, (attempt.started, attempt.ended)))
    return found


def bars(step: StepView, scale: Scale, now: int) -> list[Bar]:
    """Return a step's stretches: one per attempt with its pauses, or one for the whole."""
    if step.started is None or step.state in ("todo", "skipped"):
        return []
    if len(step.attempts) > 1:
        return [*_pauses(step.attempts, scale), *_attempts(step.attempts, scale, now)]
    tone = {"failed": "fail", "handled": "fail", "unknown": "fail", "done": "ok", "running": "run"}
    return [_bar(scale, step.started, step.ended or now, tone.get(step.state, "wait"))]


def _attempts(attempts: tuple[AttemptView, ...], scale: Scale, now: int) -> list[Bar]:
    return [
        _bar(scale, each.started, each.ended or now, TONES.get(each.outcome, "wait"))
        for each in attempts
    ]


def _pauses(attempts: tuple[AttemptView, ...], scale: Scale) -> list[Bar]:
    pairs = pairwise(attempts)
    return [_bar(scale, one.ended, two.started, "wait") for one, two in pairs if one.ended]


def _bar(scale: Scale, start: int, end: int, tone: str) -> Bar:
    left = min(scale.percent(start), 100 - LEAST)
    return Bar(round(left, 2), round(max(scale.percent(end) - left, LEAST), 2), tone)


def ticks(run: RunView) -> list[int]:
    """Return the moments at which the axis is marked, first to last but the end."""
    scale = Scale(moments(run))
    return [scale.moment(100 * number / TICKS) for number in range(TICKS)]
