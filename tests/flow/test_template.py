"""Templates: one expression alone keeps its type, everything else is text, read once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.flow.nodes import ExprError
from nexus.core.flow.template import compile_template

CONTEXT = {
    "event": {"data": {"n": 1, "half": 0.5, "ok": True, "who": "Ada", "evil": "{{ 1 + 1 }}"}},
    "steps": {},
    "settings": {},
    "run": {},
}


def render(value):
    return compile_template(value)(CONTEXT)


@pytest.mark.parametrize(
    ("template", "meant"),
    [
        ("{{ event.data.n }}", 1),
        ("{{event.data.n}}", 1),
        ("  {{ event.data.n }}\n", 1),
        ("{{ event.data }}", CONTEXT["event"]["data"]),
        ("{{ event.data.missing }}", None),
        ("n={{ event.data.n }}", "n=1"),
        ("{{ event.data.n }}{{ event.data.n }}", "11"),
        ("{{ event.data.ok }}, {{ 2.0 }}, {{ event.data.missing }}.", "true, 2, ."),
        ("{{ [1, {'a': null}] }}!", '[1,{"a":null}]!'),
        ("{{ {'a': {'b': '}}'}}.a.b }}", "}}"),
        ('{{ "it\'s" }}', "it's"),
        ("{{ 'a\\'}}' }}", "a'}}"),
        ("{{{{ plain }}", "{{ plain }}"),
        ("{{{{{{ event.data.n }}", "{{1"),
        ("no braces { } }}", "no braces { } }}"),
        ("", ""),
        (5, 5),
        (None, None),
        ({"a": ["{{ event.data.n }}", "x"], "b": 2}, {"a": [1, "x"], "b": 2}),
    ],
)
def test_what_templates_give(template, meant):
    found = render(template)
    assert found == meant
    assert type(found) is type(meant)


def test_what_an_expression_gives_is_never_read_again():
    assert render("<{{ event.data.evil }}>") == "<{{ 1 + 1 }}>"


def test_constants_are_made_once():
    run = compile_template({"a": [1, {"b": "c"}], "d": "{{ 1 + 1 }} apples"})
    assert run({})["d"] == "2 apples"
    constant = compile_template({"a": [1, {"b": "c"}]})
    assert constant({}) is constant({})


def test_the_order_of_keys_stays():
    assert list(render({"b": "{{ 1 }}", "a": 2, "c": "{{ event.data.n }}"})) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("template", "at"),
    [
        ("a {{ 1", (1, 3)),
        ("a {{ evnt }}", (1, 6)),
        ("a\nb {{ 1 + evnt }}", (2, 10)),
        ("{{ }}", (1, 4)),
        ("{{ 1 / 0 }}", (1, 4)),
        ("{{ '}} }}", (1, 1)),
    ],
)
def test_mistakes_are_placed_in_the_whole_text(template, at):
    with pytest.raises(ExprError) as caught:
        compile_template(template)
    assert caught.value.at == at


def test_a_result_stays_under_one_megabyte():
    run = compile_template({"all": ["{{ event.data }}"] * 40})
    big = {"event": {"data": "x" * 60_000}, "steps": {}, "settings": {}, "run": {}}
    with pytest.raises(ExprError, match="1 MB"):
        run(big)
    with pytest.raises(ExprError, match="1 MB"):
        compile_template("{{ event.data }}," * 40)(big)


@given(st.text(alphabet="{}'\"\\ax1+ \n", max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_template_or_an_expr_error(text):
    try:
        found = render(text)
        assert "{{" in text or found == text
    except ExprError as error:
        assert error.message


@given(st.text(max_size=30).filter(lambda text: "{{" not in text), st.text(max_size=30))
@settings(max_examples=200, deadline=None)
def test_data_goes_through_as_it_is(plain, data):
    run = compile_template(f"{plain} {{{{ event }}}}!")
    if not plain.endswith("{"):
        assert run({"event": data, "steps": {}, "settings": {}, "run": {}}) == f"{plain} {data}!"
