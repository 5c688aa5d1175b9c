"""The small parts of the command line: pairs, headers, keys, tables, progress, odd answers."""

import io
import re
import sys
from pathlib import Path

import click
import pytest

from nexus.core.model.problem import Refused
from nexus.ui.cli import Console, cli, screen
from nexus.ui.cli.client import Client, at
from nexus.ui.cli.events import key_of, read_headers
from nexus.ui.cli.pairs import read_pairs

ROOT = Path(__file__).parents[2]
KEY = "ZtlUPUUqLERC3_RdSy1QxwGmIOIFh5hS"


def test_a_value_is_json_when_it_can_be_else_text():
    words = ("a=5", "b=true", "c=[1]", 'd="5"', "e=some words", "f=", "g=x=y", "h=NaN")
    assert read_pairs(words) == {
        "a": 5, "b": True, "c": [1], "d": "5", "e": "some words", "f": "", "g": "x=y", "h": "NaN"
    }  # fmt: skip


@pytest.mark.parametrize("words", [("a",), ("=1",), ("a=1", "a=2")])
def test_a_word_that_is_no_pair_is_wrong_use(words):
    with pytest.raises(click.BadParameter):
        read_pairs(words)


@pytest.mark.parametrize(
    ("hook", "key"),
    [
        (KEY, KEY),
        (f"http://127.0.0.1:8000/hooks/{KEY}", KEY),
        (f"/hooks/{KEY}", KEY),
        ("new-order", ""),
        ("a-name-that-is-32-characters-long", ""),
        (KEY.lower().replace("_", "-"), ""),
    ],
)
def test_a_key_is_told_from_a_name(hook, key):
    assert key_of(hook) == key


@pytest.mark.parametrize("word", ["X", "X Y: 1", "X: a\nb", ": 1"])
def test_a_header_that_is_none_is_wrong_use(word):
    with pytest.raises(click.BadParameter):
        read_headers((word,))
    assert read_headers(("X-A: b: c",)) == {"X-A": "b: c"}


def test_a_part_of_a_path_stays_one_part():
    assert at("flows", "../x?y#z", "export") == "/flows/..%2Fx%3Fy%23z/export"


def test_columns_stand_below_their_heads():
    drawn = screen.table(("id", "name"), [("a", "One\nline"), ("long", None)], "none")
    assert drawn == "ID    NAME\na     One line\nlong  -"
    assert screen.table(("id",), [], "none") == "none"


def test_no_color_is_respected(monkeypatch, tmp_path):
    from click.testing import CliRunner

    console = Console(lambda *_: None, lambda _: None)
    words = ["--data", str(tmp_path / "none"), "doctor"]
    assert "\x1b" in CliRunner().invoke(cli, words, obj=console, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(cli, words, obj=console, color=True).output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("soon", "terminal", "drawn"), [(0, True, True), (60, True, False), (0, False, False)]
)
def test_progress_is_drawn_when_it_takes_long_and_somebody_looks(
    monkeypatch, soon, terminal, drawn
):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(screen, "SOON", soon)
    assert list(screen.follow([1, 2, 3], "Counting")) == [1, 2, 3]
    assert ("Counting" in stream.getvalue()) is drawn


class Odd:
    def __init__(self, status: int, body: bytes) -> None:
        self.answer = status, body

    def send(self, *_):
        return self.answer


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"{}", b'{"problems": [1]}'])
def test_an_answer_that_says_nothing_is_still_one_plain_refusal(body):
    with pytest.raises(Refused) as caught:
        Client(Odd(502, body)).get("/flows")
    assert caught.value.problems[0].title == "Nexus answered 502 without saying why."


def commands(group: click.Group, path: str = "nexus"):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_the_page_lists_every_command_and_no_other():
    page = (ROOT / "docs" / "cli.md").read_text()
    listed = re.findall(r"^\| `(nexus [a-z -]+?)(?: [A-Z\[-][^`]*)?` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(name for name, _ in commands(cli))


def test_the_page_names_every_option():
    page = (ROOT / "docs" / "cli.md").read_text()
    options = {
        option
        for _, command in commands(cli)
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert [option for option in sorted(options) if f"{option}" not in page] == []


def test_every_command_answers_in_json_and_says_what_it_does():
    for name, command in commands(cli):
        assert "--json" in [option for one in command.params for option in one.opts], name
        assert command.help, name
