"""A webhook's body is read strictly; every refusal says what is wrong and what was expected."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.model.problem import Problem, Refused
from nexus.core.trigger import body

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def refusal(raw: bytes, content_type: str = JSON, form_field: str = "") -> Problem:
    with pytest.raises(Refused) as caught:
        body.parse(raw, content_type, form_field)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/vnd.github+json",
        "application/cloudevents+json; charset=utf-8",
    ],
)
def test_json_is_read_under_every_json_content_type(content_type):
    assert body.parse(b'{"a": [1, 2.5, null, true]}', content_type) == {"a": [1, 2.5, None, True]}


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "text/json", "multipart/form-data; boundary=x", "application/jsonx", "json"],
)
def test_another_content_type_is_refused_with_the_ones_that_work(content_type):
    problem = refusal(b"{}", content_type)
    assert (problem.status, problem.code) == (415, "content_type")
    assert "application/json" in problem.expected


def test_another_charset_is_refused():
    assert refusal(b"{}", "application/json; charset=iso-8859-1").code == "charset"


@pytest.mark.parametrize("raw", [b"", b" \n\t "])
def test_an_empty_body_is_refused(raw):
    assert (refusal(raw).status, refusal(raw).code) == (400, "empty")


def test_a_body_over_a_megabyte_is_refused_with_both_sizes():
    problem = refusal(b" " * 1_000_001)
    assert problem.status == 413
    assert "1,000,001" in problem.title
    assert "1,000,000" in problem.expected


def test_a_body_of_exactly_a_megabyte_is_read():
    assert body.parse(b'"' + b"x" * 999_998 + b'"', JSON) == "x" * 999_998


def test_bad_utf8_is_refused_with_the_byte_that_is_wrong():
    problem = refusal(b'{"a": "\xff"}')
    assert (problem.status, problem.code) == (400, "not_utf8")
    assert "byte 7 is 0xff" in problem.title


def test_a_byte_order_mark_is_refused():
    assert refusal(b"\xef\xbb\xbf{}").code == "byte_order_mark"


def test_broken_json_is_refused_with_line_and_column():
    problem = refusal(b'{\n  "a": 1,\n  b: 2}')
    assert (problem.status, problem.code, problem.line, problem.column) == (400, "not_json", 3, 3)


@pytest.mark.parametrize("raw", [b'{"id": 1, "id": 2}', b'[{"x": {"id": 1, "b": 0, "id": 1}}]'])
def test_a_key_that_stands_twice_is_named(raw):
    problem = refusal(raw)
    assert (problem.status, problem.code) == (422, "duplicate_key")
    assert "'id'" in problem.title


def test_keys_that_are_equal_only_after_unescaping_stand_twice():
    assert refusal(rb'{"a": 1, "\u0061": 2}').code == "duplicate_key"


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_numbers_that_json_has_not_are_refused(word):
    problem = refusal(b'{"a": ' + word + b"}")
    assert problem.code == "not_a_number"
    assert word.decode() in problem.title


def test_a_number_that_would_become_infinite_is_refused():
    assert refusal(b"[1e999]").code == "number_too_large"


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775808", -9223372036854775808),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_whole_numbers_beyond_64_bits_are_kept_as_texts(digits, value):
    assert body.parse(digits.encode(), JSON) == value


def nested(levels: int, opening: str = "[", closing: str = "]") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


def test_64_levels_are_read_and_65_refused():
    assert body.parse(nested(64), JSON)
    assert body.parse(nested(32, '[{"a":', "}]"), JSON)
    assert (refusal(nested(65)).status, refusal(nested(65)).code) == (422, "too_deep")
    assert refusal(nested(33, '[{"a":', "}]")).code == "too_deep"


@pytest.mark.parametrize("bomb", [b"[" * 999_999, b'{"a":' * 190_000, b'[{"":' * 100_000])
def test_a_nesting_bomb_is_refused_and_never_recurses(bomb):
    assert refusal(bomb).code == "too_deep"


def test_brackets_inside_texts_are_no_nesting():
    text = '\\"[[{{' * 100
    assert body.parse(json.dumps([text]).encode(), JSON) == [text]


def test_many_flat_lists_are_no_nesting():
    assert len(body.parse(b"[" + b"[]," * 1000 + b"{}]", JSON)) == 1001


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"a": "x\u0000y"}',
        rb'{"\u0000": 1}',
        rb'["\ud800"]',
        rb'[[{"a": "\uDFFF"}]]',
        rb'["\ude00\ud83d"]',
    ],
)
def test_nul_and_half_characters_are_refused(raw):
    assert (refusal(raw).status, refusal(raw).code) == (422, "unstorable_text")


def test_a_literal_control_character_is_refused():
    assert refusal(b'["\x00"]').code == "not_json"


def test_escaped_characters_of_two_halves_are_read():
    assert body.parse(rb'["\ud83d\ude00", "\\u0000"]', JSON) == ["\U0001f600", "\\u0000"]


def test_a_form_becomes_a_flat_object_of_texts():
    assert body.parse(b"a=1&b=%C3%A9+x&c=", FORM) == {"a": "1", "b": "é x", "c": ""}


def test_a_form_that_carries_json_in_a_field_is_read_as_that_json():
    raw = b"payload=%7B%22action%22%3A%22opened%22%7D"
    assert body.parse(raw, FORM) == {"payload": '{"action":"opened"}'}
    assert body.parse(raw, FORM, "payload") == {"action": "opened"}
    assert refusal(b"other=1", FORM, "payload").code == "form_field_missing"
    assert refusal(b"payload=%7B", FORM, "payload").code == "not_json"


@pytest.mark.parametrize("raw", [b"justtext", b"a=%FF", b"a=\xff", b"&".join([b"a=1"] * 1001)])
def test_a_broken_form_is_refused(raw):
    assert (refusal(raw, FORM).status, refusal(raw, FORM).code) == (400, "not_a_form")


def test_a_form_field_that_stands_twice_or_holds_nul_is_refused():
    assert refusal(b"a=1&a=2", FORM).code == "duplicate_key"
    assert refusal(b"a=%00", FORM).code == "unstorable_text"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@given(values, st.booleans())
def test_every_json_value_comes_back_as_it_was_sent(value, ascii_only):
    assert body.parse(json.dumps(value, ensure_ascii=ascii_only).encode(), JSON) == value


jsonish = st.lists(st.sampled_from(list('[]{}",:\\ue1d8-0. tfnNaN"')), max_size=60).map("".join)


@given(st.binary(max_size=200) | jsonish.map(str.encode), st.sampled_from([JSON, FORM]))
def test_any_bytes_give_a_storable_value_or_a_refusal(raw, content_type):
    try:
        value = body.parse(raw, content_type)
    except Refused as refused:
        assert refused.status in (400, 413, 415, 422)
        assert all(problem.title.endswith(".") for problem in refused.problems)
    else:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


@given(st.text(max_size=60))
def test_any_content_type_gives_a_value_or_a_refusal(content_type):
    try:
        body.parse(b"{}", content_type)
    except Refused as refused:
        assert refused.status in (400, 415)
