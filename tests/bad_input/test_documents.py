"""Flow documents that are wrong or hostile: refused with a place and a way out, in little time."""

import json
import socket
import threading
import time

import pytest

from nexus.core.model.problem import Refused
from nexus.core.nexus import open_nexus

HEAD = "id: x\ntrigger:\n  - use: core.webhook\n"
MANY = 10_001


@pytest.fixture(scope="module")
def nexus(tmp_path_factory):
    opened = open_nexus(tmp_path_factory.mktemp("documents") / "data")
    yield opened
    opened.close()


@pytest.fixture
def problems(nexus):
    """Save a document that must be refused; return the problems, and prove nothing was kept."""
    owner = nexus.people.console()

    def save(source: str | bytes) -> list:
        start = time.monotonic()
        with pytest.raises(Refused) as caught:
            nexus.flows.save(owner, source, "flow.yaml")
        assert time.monotonic() - start < 5
        assert nexus.flows.list(owner) == []
        found = list(caught.value.problems)
        assert 0 < len(found) <= 100
        assert nexus.flows.validate(owner, source, "flow.yaml") == found
        for problem in found:
            assert problem.file == "flow.yaml" and problem.line and problem.column
            assert problem.title.endswith((".", ")")) and len(str(problem)) < 1_000
        return found

    return save


def steps(*lines: str) -> str:
    return f"{HEAD}do:\n" + "".join(f"  - {line}\n" for line in lines)


def step(body: str) -> str:
    return steps(f"a: {body}")


def value(expression: str) -> str:
    return step(f"{{set: {{v: {json.dumps('{{ ' + expression + ' }}')}}}}}")


def condition(expression: str) -> str:
    return step(f"{{set: {{v: 1}}, if: {json.dumps(expression)}}}")


def schedule(cron: str, zone: str = "UTC") -> str:
    with_ = f"{{cron: {json.dumps(cron)}, zone: {json.dumps(zone)}}}"
    use = f"  - {{use: core.schedule, with: {with_}}}\n"
    return f"id: x\ntrigger:\n{use}do:\n  - a: {{set: {{v: 1}}}}\n"


def call(more: str) -> str:
    return step(f'{{call: http.get, with: {{url: "https://example.com"}}, {more}}}')


def laughs() -> str:
    rows = [
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(9)
    ]
    return "\n".join(["a: &a [lol, lol, lol]", *rows])


def nested(levels: int) -> str:
    text = "event.data.a"
    for level in range(levels):
        text = f"[{text}].map(x{level}, x{level})"
    return text


def doubled(times: int) -> str:
    text = "event.data.a"
    for _ in range(times):
        text = f"({text} + {text})"
    return text


YAML = {
    "anchor": (step("{set: {v: &a 1}}"), "alias"),
    "alias": (step("{set: {v: *a}}"), "alias"),
    "billion laughs": (laughs(), "alias"),
    "a map inside itself": ("a: &a {b: *a}", "alias"),
    "merge key": (step("{<<: *b}"), "alias"),
    "merge key without alias": (step("{<<: {set: {v: 1}}}"), "unknown_kind"),
    "Python tag": (step("{set: {v: !!python/object/apply:os.system [ls]}}"), "tag"),
    "own tag": (step("!run {set: {v: 1}}"), "tag"),
    "binary tag": (step("{set: {v: !!binary aGk=}}"), "tag"),
    "duplicate key": (step("{set: {v: 1}, set: {v: 2}}"), "duplicate_key"),
    "tab": ("id: x\n\tname: y\n", "not_yaml"),
    "tab for a step": (f"{HEAD}do:\n\t- a: {{set: {{v: 1}}}}\n", "not_yaml"),
    "unclosed": ("id: [", "not_yaml"),
    "two documents": (step("{set: {v: 1}}") + "---\nid: y\n", "several_documents"),
    "empty": ("", "empty"),
    "only a comment": ("# nothing\n", "empty"),
    "over a megabyte": (step('{set: {v: "' + "x" * 1_000_000 + '"}}'), "too_large"),
    "too many values": (step("{set: {v: [" + "1," * 300_000 + "1]}}"), "too_many_values"),
    "deep lists": (step("{set: {v: " + "[" * 5_000 + "]" * 5_000 + "}}"), "too_deep"),
    "deep maps": (step("{set: " + "{a: " * 500 + "1" + "}" * 501), "too_deep"),
    "deep blocks": ("".join(f"{'  ' * i}a:\n" for i in range(300)), "too_deep"),
    "not UTF-8": (b"id: \xff\n", "not_utf8"),
    "UTF-16": ("id: x\n".encode("utf-16"), "not_utf8"),
    "NUL": ("id: \x00\n", "bad_character"),
    "escaped NUL": ('id: "\\0"\n', "bad_character"),
    "half a character": ('id: "\ud800"\n', "not_utf8"),
    "escaped half a character": ('id: "\\ud800"\n', "not_yaml"),
    "NaN": (step("{set: {v: .nan}}"), "bad_number"),
    "Infinity": (step("{set: {v: -.inf}}"), "bad_number"),
    "a large double": (step("{set: {v: 1e999}}"), "bad_number"),
    "a large whole number": (step("{set: {v: 99999999999999999999}}"), "bad_number"),
    "a list as key": ("? [a, b]\n: 1\n", "bad_key"),
    "strange version": ("%YAML 9.9\n---\n{}\n", "not_yaml"),
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_is_unsafe_or_broken_is_refused(problems, name):
    source, code = YAML[name]
    assert problems(source)[0].code == code


WRONG_TYPES = ["5", "[]", "{}", "true", "null", '""', "text", "[[]]", "{a: {b: {}}}", "1.5", "- 1"]
FIELDS = ("id", "name", "group", "trigger", "if", "key", "modules", "settings", "do")


@pytest.mark.parametrize("wrong", WRONG_TYPES)
@pytest.mark.parametrize("kind", ["call", "set", "switch", "for", "try", "wait", "raise"])
def test_a_step_with_a_wrong_value_is_refused(nexus, kind, wrong):
    """Whatever fits by chance may pass; the rest is refused, and nothing ends in a fault."""
    owner = nexus.people.console()
    for problem in nexus.flows.validate(owner, step(f"{{{kind}: {wrong}}}"), "f.yaml"):
        assert problem.line and problem.title


@pytest.mark.parametrize("wrong", WRONG_TYPES)
@pytest.mark.parametrize("field", FIELDS)
def test_a_flow_with_a_wrong_value_is_refused(nexus, field, wrong):
    fields = {"id": "x", "trigger": "[{use: core.webhook}]", "do": "[{a: {set: {v: 1}}}]"}
    source = "\n".join(f"{key}: {text}" for key, text in (fields | {field: wrong}).items())
    for problem in nexus.flows.validate(nexus.people.console(), source, "f.yaml"):
        assert problem.line and problem.title


@pytest.mark.parametrize("kind", ["fork", "ask"])
def test_a_kind_that_is_not_built_is_refused_by_name(problems, kind):
    (problem,) = problems(step(f"{{{kind}: x}}"))
    assert problem.title == f"`{kind}` is not built yet."
    assert f"`{kind}`" not in problem.hint and "`call`" in problem.hint


@pytest.mark.parametrize(
    ("source", "near"),
    [
        (step("{calls: http.get}"), "call"),
        (step("{set: {v: 1}, retyr: 3}"), "retry"),
        (step("{call: http.gett, with: {url: x}}"), "http.get"),
        (step("{call: htpp.get, with: {url: x}}"), "http.get"),
        (step("{call: http.get, with: {url: x, heders: {}}}"), "headers"),
        (steps("a: {set: {v: 1}}").replace("core.webhook", "core.webhok"), "core.webhook"),
        (steps("a: {set: {v: 1}}").replace("core.webhook", "cor.webhook"), "core.webhook"),
        (steps("a: {set: {v: 1}}").replace("do:", "modules: [emial]\ndo:"), "email"),
        (steps("a: {set: {v: 1}}").replace("do:", "nmae: y\ndo:"), "name"),
        (value("evnt.data.x"), "event"),
        (value("event.data.x.trimm()"), "trim"),
        (steps("first: {set: {v: 1}}", "b: {set: {v: '{{ steps.frist.v }}'}}"), "first"),
    ],
)
def test_an_unknown_name_is_met_with_the_near_one(problems, source, near):
    assert near in problems(source)[0].hint


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (steps("a: {set: {v: '{{ steps.b.v }}'}}", "b: {set: {v: 1}}"), "later"),
        (steps("a: {set: {v: '{{ steps.a.v }}'}}"), "own output"),
        (
            steps("a: {set: {v: '{{ steps.b.v }}'}}", "b: {set: {v: '{{ steps.a.v }}'}}"),
            "later",
        ),
        (
            steps("a: {for: [1], do: [{b: {set: {v: 1}}}]}", "c: {set: {v: '{{ steps.b.v }}'}}"),
            "loop",
        ),
    ],
)
def test_a_cycle_or_a_step_that_did_not_run_is_refused(problems, source, why):
    assert why in problems(source)[0].hint


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (steps("a: {set: {v: 1}}", "a: {set: {v: 1}}"), "duplicate_step"),
        (steps("a: {for: [1], do: [{b: {wait: 1s}}]}", "b: {wait: 1s}"), "duplicate_step"),
        (steps("event: {wait: 1s}"), "reserved_name"),
        (steps("in: {wait: 1s}"), "reserved_name"),
        (steps(*(f"s{i}: {{wait: 1s}}" for i in range(501))), "too_many_steps"),
        (steps('"a\\n": {wait: 1s}'), "bad_name"),
        (steps("1: {wait: 1s}"), "bad_name"),
        (steps("a:"), "wrong_type"),
        (steps("{a: {wait: 1s}, b: {wait: 1s}}"), "several_steps"),
    ],
)
def test_step_ids_are_names_used_once(problems, source, code):
    found = problems(source)
    assert found[0].step or found[0].hint
    if code in ("duplicate_step", "reserved_name", "too_many_steps", "wrong_type"):
        assert found[0].code == code


@pytest.mark.parametrize("id_", ['"x\\n"', "../../etc", "X", "é", "a" * 65, "5", '""', "a b", "-x"])
def test_a_flow_id_is_a_plain_name(problems, id_):
    assert problems(steps("a: {wait: 1s}").replace("id: x", f"id: {id_}"))


@pytest.mark.parametrize(
    "cron",
    [
        "99 * * * *",
        "* * * *",
        "* * * * * *",
        "0 9 31 2 *",
        "0 9 * * mon-xyz",
        "*/0 * * * *",
        "1-99999999 * * * *",
        "@daily",
        "{{ event }} * *",
        "٣ * * * *",
        "every day",
        "",
        "0," * 49,
    ],
)
def test_a_timetable_that_is_none_is_refused_when_saved(problems, cron):
    (problem, *_) = problems(schedule(cron))
    assert problem.expected


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe/", "", "x" * 5_000, "Etc"]
)
def test_a_time_zone_that_is_none_is_refused_when_saved(problems, zone):
    (problem,) = problems(schedule("0 9 * * *", zone))
    assert "IANA" in problem.expected


EXPRESSIONS = {
    "loops in loops": "event.data.a.map(x, x.map(y, y.map(z, z)))",
    "nested maps": nested(25),
    "20 doublings": doubled(6) + "+ [" * 21 + "]" * 21,
    "very long": "1 + " * 1_000 + "1",
    "many brackets": "(" * 900 + "1" + ")" * 900,
    "many nots": "!" * 1_900 + "true",
    "many fields": "event" + ".a" * 900,
    "repeats of repeats": '"aaa".matches("(a{1000}){1000}")',
    "nested repeats": '"a".matches("((((a{1,1000}){1,1000}){1,1000}){1,1000})")',
    "a broken pattern": 'event.data.x.matches("(")',
    "a back reference": 'event.data.x.matches("(a)\\\\1")',
    "a text that grows": f'"{"a" * 400}".replace("a", "{"b" * 400}").replace("b", "{"c" * 400}")',
    "a number that grows": "999999999999999999 * 999999999999999999",
    "a large number": "99999999999999999999 > 1",
    "a large double": "1e999 > 1.0",
    "Python's insides": "event.__class__.__mro__",
    "Python's imports": '__import__("os").system("x")',
    "a message": "Foo{a: 1}",
    "bytes": "b'x' == b'x'",
    "one equals sign": "event.data.x = 1",
    "an open quote": 'event.data.x == "',
    "nothing": " ",
    "other letters": "event.data.é > 1",
}


@pytest.mark.parametrize("make", [value, condition])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_that_is_wrong_or_a_bomb_is_refused(problems, name, make):
    (problem, *_) = problems(make(EXPRESSIONS[name]))
    assert problem.step == "a"


@pytest.mark.parametrize(
    "text",
    [
        "{{ event.data.x",
        "{{ }}",
        "{{ 1 }}" * 1_001,
        "{{ event.data.x }}x" * 10_000,
        "{{ " * 100_000,
    ],
)
def test_a_template_that_is_wrong_or_a_bomb_is_refused(problems, text):
    assert problems(step(f'{{set: {{v: "{text}"}}}}'))


@pytest.mark.parametrize(
    "wait",
    [
        "-3d",
        "1000000000d",
        "99999999999999999999d",
        "3",
        "3x",
        '""',
        "null",
        "[]",
        "{}",
        "1e9d",
        "{until: yesterday}",
        '{until: "0000-00-00"}',
        "{for: 3d, until: 5}",
        '"{{ [] }}"',
        '"٣d"',
    ],
)
def test_a_wait_that_is_no_time_is_refused(problems, wait):
    assert any(problem.expected for problem in problems(step(f"{{wait: {wait}}}")))


@pytest.mark.parametrize(
    "more",
    [
        "retry: {times: 1000000000}",
        "retry: {times: -1}",
        "retry: {times: 1.5}",
        "retry: []",
        "retry: {times: true}",
        "retry: {times: 3, factor: 1e308}",
        "retry: {times: 3, delay: -1s}",
        "retry: {times: 3, delay: 1000000000d}",
        "timeout: -1s",
        "timeout: 1000000000d",
        "timeout: 5",
        "timeout: null",
        "connection: ../x",
        "connection: 5",
    ],
)
def test_an_attribute_out_of_bounds_is_refused(problems, more):
    assert problems(call(more))


@pytest.mark.parametrize(
    "schema",
    [
        "{type: foo}",
        "{minimum: {}}",
        '{type: string, pattern: "("}',
        "{multipleOf: 0}",
        "5",
        "true",
        '{$ref: "#/none"}',
        '{$ref: "file:///etc/passwd"}',
        '{$ref: "http://127.0.0.1:9/x"}',
    ],
)
def test_a_setting_without_a_sound_schema_is_refused(problems, schema):
    (problem,) = problems(steps("a: {wait: 1s}").replace("do:", f"settings: {{s: {schema}}}\ndo:"))
    assert "setting" in problem.title or "JSON Schema" in problem.expected


@pytest.mark.parametrize("word", ["$ref", "$schema", "$id", "$dynamicRef"])
def test_no_schema_of_a_setting_makes_the_server_call_anybody(nexus, word):
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.5)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/schema"
        schema = f'{{"{word}": "{address}", "default": 1}}'
        source = steps("a: {wait: 1s}").replace("do:", f"settings: {{s: {schema}}}\ndo:")
        owner = nexus.people.console()
        nexus.flows.validate(owner, source.replace("id: x", "id: caller"), "f.yaml")
        with pytest.raises(TimeoutError):
            listener.accept()
            called.set()
    assert not called.is_set()
