"""The flow room costs little to have: what is heavy loads when it is needed."""

import subprocess
import sys
import time

import pytest

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.read import read
from nexus.core.model.problem import Refused

LOADED = """
import sys
from nexus.core.flow.compile import check
from nexus.core.flow.read import read
{work}
print(*sorted({{"celpy", "lark", "jsonschema"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("work", "loaded"),
    [
        ("", ""),
        ("read('id: a\\ndo: [{x: {set: 1}}]')", ""),
        ("from nexus.core.flow.expr import compile_expr; compile_expr('1')", "celpy lark"),
        (
            "from contextlib import suppress\nwith suppress(Exception): read('id: A')",
            "jsonschema",
        ),
    ],
)
def test_parser_and_explaining_validator_load_on_first_use(work, loaded):
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(work=work)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == loaded


def big(step, count):
    return "id: a\ndo:\n" + "".join(f"  - s{n}: {step}\n" for n in range(count))


@pytest.mark.parametrize(
    "source",
    [
        "a: [" + "[]," * 300_000 + "]",
        big("{cal: x}", 20_000),
        big("{fork: x}", 20_000),
        big("{set: 1}", 20_000),
        "id: a\ndo: [{x: {set: '" + "{{ 1 }}" * 130_000 + "'}}]",
        "id: a\ndo: [{x: {set: '" + "{{" * 400_001 + "'}}]",
    ],
    ids=["lists", "unknown kinds", "unbuilt kinds", "many steps", "many parts", "open braces"],
)
def test_a_hostile_document_is_refused_in_seconds(source, catalog):
    started = time.process_time()
    with pytest.raises(Refused) as caught:
        compile_plan(read(source), catalog, settings={}, version=1)
    assert 1 <= len(caught.value.problems) <= 200
    assert time.process_time() - started < 8


def test_the_largest_flow_is_read_and_compiled_in_seconds(catalog):
    source = big('{set: "{{ event.data.a + 1 }}", if: steps.s0 != 3}', 500).replace(
        "if: steps.s0 != 3", "if: true", 1
    )
    started = time.process_time()
    assert len(compile_plan(read(source), catalog, settings={}, version=1).ops) == 500
    assert time.process_time() - started < 3
