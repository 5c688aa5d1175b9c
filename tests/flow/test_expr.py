"""Expressions: CEL over JSON numbers, where missing data is null."""

import pytest

from nexus.core.flow.expr import compile_expr
from nexus.core.flow.nodes import ExprError

DATA = {
    "amount": 120,
    "price": 2.5,
    "name": "Ada",
    "paid": True,
    "none": None,
    "items": [{"n": 1, "w": "a"}, {"n": 2, "w": "b"}, {"n": 3}],
    "content-type": "json",
}
CONTEXT = {"event": {"data": DATA}, "steps": {}, "settings": {"days": 3}, "run": {}}


def calculate(source):
    return compile_expr(source)(CONTEXT)


def error_of(source):
    with pytest.raises(ExprError) as caught:
        calculate(source)
    return caught.value


# What the CEL conformance suite asks for, within the subset that Nexus has.
CEL = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("7 % 4", 3),
    ("-7 % 3", -1),
    ("10 - 3 - 2", 5),
    ("- -5", 5),
    ("-(-5)", 5),
    ("0x1F", 31),
    ("1.5e3", 1500.0),
    ("'a' + \"b\"", "ab"),
    ("r'\\d'", "\\d"),
    ("'\\u00e9\\x41\\101\\n'", "éAA\n"),
    ("'''a\nb'''", "a\nb"),
    ("[1] + [2]", [1, 2]),
    ("{'a': 1}.a", 1),
    ("{'a': 1}['a']", 1),
    ("[1, 2, 3][1]", 2),
    ("1 in [1, 2]", True),
    ("'a' in {'a': 1}", True),
    ("3 in [1, 2]", False),
    ("true && false || true", True),
    ("!true", False),
    ("true ? 1 : 2", 1),
    ("false ? 1 : true ? 2 : 3", 2),
    ("1 < 2 && 'a' < 'b' && false < true", True),
    ("2 >= 2 && 2 <= 2 && 2 != 3", True),
    ("[1, [2]] == [1, [2]]", True),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", True),
    ("null == null", True),
    ("true == true", True),
    ("[1, 2, 3].filter(x, x > 1)", [2, 3]),
    ("[1, 2, 3].map(x, x * 2)", [2, 4, 6]),
    ("[1, 2, 3].map(x, x > 1, x * 2)", [4, 6]),
    ("[1, 2].all(x, x > 0)", True),
    ("[1, 2].exists(x, x > 1)", True),
    ("[1, 2, 3].exists_one(x, x > 1)", False),
    ("{'b': 1, 'c': 2}.exists(k, k == 'b')", True),
    ("[[1], [2]].map(x, x.map(y, y + 1))", [[2], [3]]),
    ("size('abc') + size([1]) + size({'a': 1})", 5),
    ("'hello'.startsWith('he') && 'hello'.endsWith('lo') && 'hello'.contains('ell')", True),
    ("'a1'.matches('^[a-z][0-9]$')", True),
    ("'TacoCÆt'.lowerAscii()", "tacocÆt"),
    ("'tacocæt'.upperAscii()", "TACOCæT"),
    ("has(event.data.name)", True),
    ("has(event.data.nothing)", False),
    ("1 + // a comment\n 2", 3),
]


@pytest.mark.parametrize(("source", "meant"), CEL)
def test_what_cel_says_holds(source, meant):
    found = calculate(source)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("event.data.amount * 1.2", 144.0),
        ("5 / 2", 2.5),
        ("4 / 2", 2),
        ("999999999999999998 + 1", 999_999_999_999_999_999),
        ("size(event.data.items) > 1.5", True),
        ("1 == 1.0", True),
        ("true == 1", False),
        ("1 in [true]", False),
        ("'1' == 1", False),
    ],
)
def test_numbers_are_json_numbers(source, meant):
    found = calculate(source)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("event.data.x", None),
        ("event.data.x.y.z", None),
        ("event.data.name.first", None),
        ("event.data.items[9].n", None),
        ("event.data.items['n']", None),
        ("event.data.x > 3", False),
        ("3 > event.data.x", False),
        ("!(event.data.x > 3)", True),
        ("event.data.x == null", True),
        ("event.data.x + 1", None),
        ("-event.data.x", None),
        ("size(event.data.x)", None),
        ("event.data.x.startsWith('a')", None),
        ("event.data.x && true", False),
        ("event.data.x ? 1 : 2", 2),
        ("3 in event.data.x", False),
        ("event.data.x.map(i, i)", []),
        ("steps.nothing.status == 200", False),
    ],
)
def test_missing_data_is_null(source, meant):
    assert calculate(source) == meant


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("' a '.trim()", "a"),
        ("'a,b'.split(',')", ["a", "b"]),
        ("['a', 2, null, true].join('-')", "a-2--true"),
        ("[1, 2].join()", "12"),
        ("'aXbX'.replace('X', 'yy')", "ayybyy"),
        ("'hello'.substring(1, 3)", "el"),
        ("'hello'.substring(9)", ""),
        ("string(1.0) + string(2.5) + string(true) + string(null)", "12.5true"),
        ("string({'a': [1, 'é']})", '{"a":[1,"é"]}'),
        ("int('12') + int(3.9) + int(true)", 16),
        ("double('1.5')", 1.5),
        ("abs(-2) + floor(2.7) + ceil(2.1)", 7),
        ("round(2.5) + round(-2.5)", 0),
        ("round(2.675, 2)", 2.68),
        ("min(3, 1, 2) + max([3, null, 4])", 5),
        ("max([])", None),
        ("sum([1, 2.5])", 3.5),
        ("first([1, 2]) + last([1, 2])", 3),
        ("first([])", None),
        ("sort([3, 1, 2])", [1, 2, 3]),
        ("['b', 'a'].sort()", ["a", "b"]),
        ("distinct([1, 1.0, '1', [1], [1.0], {'a': 1}, {'a': 1}])", [1, "1", [1], {"a": 1}]),
        ("timestamp('1970-01-02') - timestamp('1970-01-01T12:00:00Z') == duration('12h')", True),
        ("duration('1d')", 86_400),
    ],
)
def test_functions(source, meant):
    assert calculate(source) == meant


@pytest.mark.parametrize(
    ("source", "column", "part"),
    [
        ("evnt.data", 1, "Did you mean"),
        ("1 + foo", 5, "There is no `foo`"),
        ("event.data.name.startWith('A')", 17, "startsWith"),
        ("1 +", 3, "not understood"),
        ("event.data.a = 1", 14, "`==`"),
        ("a and b", 3, "`&&`"),
        ("not a", 5, "`!`"),
        ("{{ a }}", 6, "without {{ }}"),
        ("(1 + 2", 6, "`)`"),
        ("'abc", 1, "quote"),
        ("1 < 2 < 3", 1, "follow each other"),
        ("Foo{a: 1}", 1, "do not exist"),
        ("1u", 1, "does not exist"),
        ("b'x'", 1, "does not exist"),
        (".x", 1, "begin with a dot"),
        ("as", 1, "word of the language"),
        ("event.true", 1, '["true"]'),
        ("'\\q'", 1, "escape"),
        ("'\\u0000'", 1, "cannot be stored"),
        ("'\\U00110000'", 1, "escape"),
        ("1000000000000000000", 1, "too large"),
        ("1e999", 1, "too large"),
        ("size(1, 2)", 1, "takes 1 values"),
        ("'a'.matches('(')", 13, "pattern"),
        ("[1].map(event, 1)", 5, "something else"),
        ("[1].map(1, 1)", 9, "starts with a name"),
        ("[1].filter(x)", 5, "takes a name and an expression"),
        ("", 1, "empty"),
    ],
)
def test_mistakes_are_said_with_their_place(source, column, part):
    error = error_of(source)
    assert part in f"{error.message} {error.hint}"
    assert error.at == (1, column)


@pytest.mark.parametrize(
    "source",
    [
        "'a' + 1",
        "1 < 'a'",
        "1 / 0",
        "1 % 0.0",
        "-'a'",
        "1 in 'a'",
        "{1: 2}",
        "size(5)",
        "'a'.split('')",
        "'a'.replace('', 'b')",
        "int('x')",
        "int('9' + '9999999999999999999999')",
        "sort([1, 'a'])",
        "sum(['a'])",
        "timestamp('soon')",
        "duration('soon')",
        "'a'.substring(0.5)",
        "1e308 * 10.0",
        "(5).map(x, x)",
        "999999999999999999 + 1",
        "event.data.name.matches('(' + event.data.name)",
        "abs('a')",
        "double(true)",
    ],
)
def test_what_cannot_be_calculated_is_an_expr_error_in_words(source):
    error = error_of(source)
    assert error.message[0].isupper() or error.message[0] == "`"
