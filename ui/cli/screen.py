"""Draw answers for a terminal: tables, states, times, and progress that takes a while."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

T = TypeVar("T")
COLOURS = {
    "done": "green",
    "active": "green",
    "ok": "green",
    "untested": "yellow",
    "unconnected": "yellow",
    "on": "green",
    "fine": "green",
    "failed": "red",
    "broken": "red",
    "needs_person": "magenta",
    "attention": "yellow",
    "waiting": "yellow",
    "running": "blue",
}
SOON = 1.0


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> str:
    """Draw rows below their heads in aligned columns; `empty` says it when there are none."""
    if not rows:
        return empty
    cells = [[head.upper() for head in heads], *[[_cell(one) for one in row] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(_line(row, widths) for row in cells)


def moment(text: str | None) -> str:
    """Write an RFC 3339 time for reading."""
    return text[:19].replace("T", " ") if text else "-"


def state(word: str) -> str:
    """Write a state as a word in its colour."""
    return click.style(word.replace("_", " "), fg=COLOURS.get(word))


def count(number: int, one: str) -> str:
    """Write a number of things: `1 flow`, `2 flows`."""
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def follow(items: Sequence[T], label: str) -> Iterator[T]:
    """Yield each item; draw a bar on stderr once it takes over a second and somebody looks."""
    began, bar = time.monotonic(), None
    try:
        for index, item in enumerate(items):
            if bar is None and sys.stderr.isatty() and time.monotonic() - began > SOON:
                bar = click.progressbar(length=len(items), label=label, file=sys.stderr)
                bar.update(index)
            yield item
            if bar is not None:
                bar.update(1)
    finally:
        if bar is not None:
            bar.render_finish()


@contextmanager
def gauge(label: str) -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Give what draws a bar (`done` of `total`) on stderr once it takes over a second.

    It asks how far the work is only when somebody looks.
    """
    began = time.monotonic()
    bars: list[Any] = []

    def draw(ask: Callable[[], Any]) -> None:
        if not sys.stderr.isatty() or time.monotonic() - began < SOON:
            return
        row = ask()
        if not bars:
            bars.append(click.progressbar(length=row["total"], label=label, file=sys.stderr))
        bars[0].update(row["done"] - bars[0].pos)

    try:
        yield draw
    finally:
        for bar in bars:
            bar.render_finish()


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else " ".join(str(value).split())


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        _paint(cell) + " " * (wide - len(cell)) for cell, wide in zip(row, widths, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _paint(cell: str) -> str:
    return state(cell) if cell in COLOURS else cell
