"""Documents are strict YAML 1.2 with JSON's types, and say where they go wrong."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.flow.document import MAX_BYTES, read_document
from nexus.core.model.flow import Place
from nexus.core.model.problem import Refused


def value(source):
    return read_document(source).value


def refusal(source):
    with pytest.raises(Refused) as caught:
        read_document(source, "a.yaml")
    (problem,) = caught.value.problems
    assert problem.file == "a.yaml"
    return problem


@pytest.mark.parametrize("word", ["on", "off", "yes", "NO", "12:30", "012", "1_000", "0b1", "<<"])
def test_words_that_yaml_1_1_changes_stay_texts(word):
    assert value(f"a: {word}") == {"a": word}


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("9223372036854775807", 2**63 - 1),
        ("'5'", "5"),
        ('"true"', "true"),
    ],
)
def test_bare_words_mean_what_yaml_1_2_says(word, meant):
    found = value(f"a: {word}")["a"]
    assert found == meant
    assert type(found) is type(meant)


def test_a_key_is_always_a_text():
    assert value("on: 1\n5: 2\ntrue: 3") == {"on": 1, "5": 2, "true": 3}


@pytest.mark.parametrize(
    ("source", "code", "line", "column"),
    [
        ("a: &x 1\nb: *x", "alias", 1, 4),
        ("b: *x", "alias", 1, 4),
        ("a: !!str 1", "tag", 1, 4),
        ("a: !python/object:os.system x", "tag", 1, 4),
        ("a: 1\nb:\n  c: 1\n  c: 2", "duplicate_key", 4, 3),
        ("a: 1\n---\nb: 2", "several_documents", 2, 1),
        ("a: .nan", "bad_number", 1, 4),
        ("a: -.inf", "bad_number", 1, 4),
        ('{"a": NaN}', "bad_number", 1, 7),
        ("a: 1e999", "bad_number", 1, 4),
        ("a: 9223372036854775808", "bad_number", 1, 4),
        ("a: " + "9" * 5000, "bad_number", 1, 4),
        ('a: "x\\0y"', "bad_character", 1, 4),
        ("a: \x07", "bad_character", 1, 4),
        ("a:\n\t- b", "not_yaml", 2, 1),
        ("a: b: c", "not_yaml", 1, 5),
        ("url: {{ event.id }}", "bad_key", 1, 7),
        ("? [a]\n: b", "bad_key", 1, 3),
        ("", "empty", 1, 1),
        ("# nothing", "empty", 1, 1),
        (b"a: \xff", "not_utf8", 1, 4),
        (b"\xff\xfea\x00", "not_utf8", 1, 1),
        ("a: \ud800", "not_utf8", 1, 4),
        ("a: " + "[" * 65, "too_deep", 1, 67),
        ("a: '" + "x" * MAX_BYTES + "'", "too_large", 1, 1),
    ],
)
def test_what_could_surprise_or_hurt_is_refused_with_its_place(source, code, line, column):
    found = refusal(source)
    assert (found.code, found.line, found.column) == (code, line, column)


def test_a_bomb_of_aliases_never_grows():
    bomb = "a: &a [x, x]\n" + "".join(
        f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]\n" for n in range(30)
    )
    assert refusal(bomb).code == "alias"


def test_an_unquoted_expression_says_to_put_quotes():
    assert "quotes" in refusal("url: {{ event.id }}").hint


def test_json_is_read_with_its_own_escapes():
    source = '{"a": "\\ud83d\\ude00 \\/ \\\\ud83d", "b": [1, 2.5, null, true]}'
    assert value(source) == json.loads(source)


def test_json_with_tabs_is_read():
    assert value('{\n\t"a": [\n\t\t1\n\t]\n}') == {"a": [1]}


def test_places_point_at_the_first_character_of_a_text():
    places = read_document("a:\n  b: 'x'\n  c: [y, z]\n").places
    assert places["a", "b"] == Place(line=2, column=7)
    assert places["a", "c", 1] == Place(line=3, column=10)


TEXTS = st.text(max_size=20).filter(lambda text: "\x00" not in text)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner),
    max_leaves=15,
)


@given(JSON, st.sampled_from([None, 2, "\t"]))
@settings(max_examples=300, deadline=None)
def test_every_json_document_is_read_as_json_reads_it(data, indent):
    text = json.dumps({"value": data}, indent=indent)
    assert value(text) == json.loads(text)


@given(st.text(max_size=200) | st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_in_words(source):
    try:
        value(source)
    except Refused as refused:
        (problem,) = refused.problems
        assert problem.title
        assert problem.line >= 1


@given(st.text(alphabet="ab:-[]{}&*!|>'\"\n ,#?%@`~", max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_punctuation_is_read_or_refused_in_words(source):
    try:
        value(source)
    except Refused as refused:
        assert refused.problems[0].line >= 1


def test_the_fast_reader_is_there():
    assert yaml.__with_libyaml__
