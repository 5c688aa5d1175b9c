"""From the text of a flow to a Flow: read, held against the schema, ids and bounds checked.

What names mean (actions, expressions) is checked next, in check.py.
"""

from collections.abc import Callable, Iterator
from typing import Any

from nexus.core.flow.document import Path, read_document
from nexus.core.flow.duration import Duration, parse_duration, parse_span
from nexus.core.flow.explain import place_of
from nexus.core.flow.margin import Margin
from nexus.core.flow.parts import CALL_ONLY, TAKEN, condition_of, humanize, own_fields
from nexus.core.flow.schema import check_document
from nexus.core.flow.settings import misshapen
from nexus.core.model.flow import Flow, Lane, OnError, Retry, Start, Step, Undo
from nexus.core.model.problem import Refused

MAX_STEPS = 500
MAX_DEPTH = 20
LONGEST_ANSWER = 25_000_000  # microseconds; proxies give up after 30 seconds

EXITS = ("do", "timed_out")  # of a listen: the event came, or it did not come in time
KINDS = (
    "call", "set", "switch", "for", "try", "wait", "raise", "listen", "emit", "run", "decide",
)  # fmt: skip


def read(source: bytes | str, file: str = "") -> Flow:
    """Read a flow document in YAML or JSON.

    Raises:
        Refused: With every problem found, each with file, line, column and step.
    """
    document = read_document(source, file)
    if problems := check_document(document):
        raise Refused(*problems)
    return _Builder(document).build()


class _Builder(Margin):
    """Build the model from a document that fits the schema; collect what the schema cannot say."""

    def build(self) -> Flow:
        value = self._document.value
        steps = self._steps(value["do"], ("do",), 1)
        self._check_settings(value, "settings", "setting")
        self._check_settings(value, "input", "input")
        self._keep_places(("if",), "/if")
        self._keep_places(("key",), "/key")
        for part in ("modules", "output", "on_error"):
            self._keep_places((part,), f"/{part}")
        flow = Flow(
            id=value["id"],
            name=value.get("name") or humanize(value["id"]),
            description=value.get("description", ""),
            group=value.get("group", ""),
            modules=tuple(value.get("modules") or ()),
            settings=value.get("settings") or {},
            input=value.get("input") or {},
            output=value.get("output"),
            deadline=self._elapsed(value.get("deadline"), ("deadline",), parse_span) or 0,
            on_error=value.get("on_error", ""),
            triggers=tuple(self._starts(value)),
            condition=condition_of(value),
            key=value.get("key"),
            undo=value.get("undo", False),
            do=steps,
            places=self._places,
            file=self._document.file,
        )
        if self._problems:
            raise Refused(*sorted(self._problems, key=lambda found: (found.line, found.column)))
        return flow

    def _starts(self, value: dict[str, Any]) -> Iterator[Start]:
        for index, start in enumerate(value.get("trigger") or ()):
            path: Path = ("trigger", index)
            self._keep_places(path, f"/trigger/{index}")
            yield Start(
                use=start["use"],
                settings=start.get("with") or {},
                hook=start.get("hook") or value["id"],
                place=place_of(self._document, path),
                answer=self._answer(start, path),
            )

    def _answer(self, start: dict[str, Any], path: Path) -> int:
        here: Path = (*path, "answer")
        answer = self._elapsed(start.get("answer"), here, parse_span) or 0
        if answer > LONGEST_ANSWER:
            self._refuse("bad_duration", "A sender waits for at most 25 seconds.", here)
        return answer

    def _check_settings(self, value: dict[str, Any], part: str, word: str) -> None:
        schemas = value.get(part) or {}
        for name in schemas:
            self._places[f"/{part}/{name}"] = place_of(self._document, (part, name))
        for name, detail in misshapen(schemas):
            title = f"The schema of the {word} `{name}` is not a JSON Schema."
            self._refuse("bad_setting", title, (part, name), detail=detail)

    def _steps(self, written: list[Any], path: Path, depth: int) -> tuple[Step, ...]:
        if depth > MAX_DEPTH:
            title = f"Steps are nested more than {MAX_DEPTH} deep."
            self._refuse("too_deep", title, path, hint="Make a part of it a flow of its own.")
            return ()
        built = []
        for index, item in enumerate(written):
            ((name, body),) = item.items()
            self._check_id(name, (*path, index, name))
            built.append(self._step(name, body, (*path, index, name), depth))
        return tuple(built)

    def _check_id(self, name: str, path: Path) -> None:
        line = place_of(self._document, path).line
        if name in TAKEN:
            title = f"A step cannot be called `{name}`: the word means something in expressions."
            self._refuse("reserved_name", title, path, hint=f"Call it `{name}_step`, say.")
        elif name in self._lines:
            title = f"Two steps are called `{name}` (the first in line {self._lines[name]})."
            self._refuse("duplicate_step", title, path, hint="Give one of them another name.")
        self._lines.setdefault(name, line)
        if len(self._lines) == MAX_STEPS + 1:
            title = f"A flow has at most {MAX_STEPS} steps."
            self._refuse("too_many_steps", title, path, hint="Make a part of it a flow of its own.")

    def _step(self, name: str, body: dict[str, Any], path: Path, depth: int) -> Step:
        kind = next(kind for kind in KINDS if kind in body)
        self._keep_step(name, body, path)
        self._check_attributes(name, kind, body, path)
        return Step(
            id=name,
            kind=kind,
            title=body.get("title") or humanize(name),
            body=own_fields(body),
            place=place_of(self._document, path),
            condition=condition_of(body),
            retry=self._retry(body.get("retry"), path),
            timeout=self._elapsed(body.get("timeout"), (*path, "timeout"), parse_span),
            connection=body.get("connection"),
            lanes=tuple(self._lanes(kind, body, path, depth + 1)),
            undo=self._undo(body.get("undo"), path),
            on_error=self._on_error(kind, body.get("on_error"), (*path, "on_error"), depth + 1),
        )

    def _check_attributes(self, name: str, kind: str, body: dict[str, Any], path: Path) -> None:
        for attribute in CALL_ONLY:
            if attribute in body and kind != "call":
                title = f"`{attribute}` works on `call` steps only, and `{name}` is a `{kind}`."
                self._refuse("wrong_attribute", title, (*path, attribute), step=name)

    def _undo(self, written: Any, path: Path) -> Undo | None:
        if written is None:
            return None
        return Undo(
            call=written["call"],
            arguments=written.get("with") or {},
            connection=written.get("connection"),
            retry=self._retry(written.get("retry"), (*path, "undo")),
        )

    def _on_error(self, kind: str, written: Any, path: Path, depth: int) -> OnError | None:
        if written is None:
            return None
        made = written if isinstance(written, dict) else {"do": written}
        if ("do" in made) == ("route" in made):
            self._refuse("wrong_value", "`on_error` has either `do` or `route`.", path)
            return None
        act = made.get("do", "route")
        if act == "retry" and kind != "call":
            self._refuse("wrong_attribute", "Only a `call` is tried again by `on_error`.", path)
        steps, there = made.get("route"), (*path, "route")
        lane = None if steps is None else self._lane("on_error", None, steps, there, depth)
        on = tuple(made.get("on") or ())
        return OnError(act=act, on=on, name=made.get("as", "error"), lane=lane)

    def _lanes(self, kind: str, body: dict[str, Any], path: Path, depth: int) -> Iterator[Lane]:
        if kind == "switch":
            yield from self._cases(body["switch"], (*path, "switch"), depth)
        elif kind == "for":
            yield self._lane("do", None, body["do"], (*path, "do"), depth)
        elif kind == "try":
            yield self._lane("try", None, body["try"], (*path, "try"), depth)
            inside = body["catch"]["do"]
            yield self._lane("catch", None, inside, (*path, "catch", "do"), depth)
        elif kind == "listen" and not body.keys().isdisjoint(EXITS):
            for name in EXITS:
                yield self._lane(name, None, body.get(name) or [], (*path, name), depth)

    def _cases(self, cases: list[Any], path: Path, depth: int) -> Iterator[Lane]:
        names: set[str] = set()
        for index, case in enumerate(cases):
            here: Path = (*path, index)
            if "else" in case and index != len(cases) - 1:
                title = "`else` stands last: no case after it is ever reached."
                self._refuse("wrong_order", title, here)
            name = case.get("name") or ("else" if "else" in case else f"case_{index + 1}")
            if name in names:
                self._refuse("duplicate_case", f"Two cases are called `{name}`.", here)
            names.add(name)
            yield self._lane(name, condition_of(case), case["do"], (*here, "do"), depth)

    def _lane(
        self, name: str, condition: str | None, do: list[Any], path: Path, depth: int
    ) -> Lane:
        place = place_of(self._document, path)
        return Lane(name=name, condition=condition, do=self._steps(do, path, depth), place=place)

    def _retry(self, written: Any, path: Path) -> Retry | None:
        if written is None:
            return None
        if not isinstance(written, dict):
            return Retry(times=int(written))
        here: Path = (*path, "retry")
        fields: dict[str, Any] = {
            "delay": self._elapsed(written.get("delay"), (*here, "delay")),
            "cap": self._elapsed(written.get("cap"), (*here, "cap")),
            "factor": written.get("factor"),
            "on": tuple(written.get("on") or ()),
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return Retry(times=int(written["times"]), **given)

    def _elapsed(
        self, text: str | None, path: Path, parse: Callable[[str], Duration] = parse_duration
    ) -> int | None:
        if text is None:
            return None
        try:
            return parse(text).elapsed()
        except ValueError as error:
            self._refuse("bad_duration", f"{error}.", path)
            return None
