"""What the data module's actions make of lists, texts, dates and files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import Context, Refuse
from nexus.core.flow.types import from_schema
from nexus.core.host.load import load

CATALOG = load()
ORDERS = [
    {"id": 1, "city": "Rome", "total": 30, "who": {"name": "Ada"}},
    {"id": 2, "city": "Oslo", "total": 10, "who": {"name": "Bo"}},
    {"id": 3, "city": "Rome", "total": 20, "who": None},
    {"id": 4, "city": None, "total": 5},
]


def do(name, **given):
    return CATALOG.action(f"data.{name}").call(Context(), given)


def ids(found):
    assert found["count"] == len(found["items"])
    return [item["id"] for item in found["items"]]


def refused(name, **given):
    with pytest.raises(Refuse) as caught:
        do(name, **given)
    return caught.value.code


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"field": "total", "test": ">", "value": 10}, [1, 3]),
        ({"field": "total", "test": "<=", "value": 10}, [2, 4]),
        ({"field": "city", "test": "=", "value": "Rome"}, [1, 3]),
        ({"field": "city", "test": "!=", "value": "Rome"}, [2, 4]),
        ({"field": "city", "test": "in", "value": ["Oslo", None]}, [2, 4]),
        ({"field": "who.name", "test": "contains", "value": "AD"}, [1]),
        ({"field": "who.name", "test": "starts_with", "value": "B"}, [2]),
        ({"field": "city", "test": "ends_with", "value": "e"}, [1, 3]),
        ({"field": "city", "test": "matches", "value": "^[R-S]o"}, [1, 3]),
        ({"field": "who", "test": "empty"}, [3, 4]),
        ({"field": "who", "test": "not_empty"}, [1, 2]),
        ({"field": "total", "test": ">", "value": "10"}, []),
    ],
)
def test_filter_keeps_what_fits(condition, kept):
    assert ids(do("filter", items=ORDERS, where=[condition])) == kept


def test_filter_takes_all_or_any_condition():
    both = [
        {"field": "city", "test": "=", "value": "Rome"},
        {"field": "total", "test": "<", "value": 25},
    ]
    assert ids(do("filter", items=ORDERS, where=both)) == [3]
    assert ids(do("filter", items=ORDERS, where=both, match="any")) == [1, 2, 3, 4]


def test_sort_puts_what_is_missing_last_either_way():
    assert ids(do("sort", items=ORDERS, by=["city", "total"])) == [2, 3, 1, 4]
    assert ids(do("sort", items=ORDERS, by=["city", "total"], down=True)) == [1, 3, 2, 4]


def test_dedupe_knows_one_and_true_apart():
    items = [{"v": 1}, {"v": True}, {"v": 1.0}, {"v": "1"}]
    assert do("dedupe", items=items, by=["v"])["items"] == [{"v": 1}, {"v": True}, {"v": "1"}]
    assert ids(do("dedupe", items=ORDERS, by=["city"], keep="last")) == [3, 2, 4]


def test_limit_and_batch_cut_a_list():
    assert ids(do("limit", items=ORDERS, count=2, skip=1)) == [2, 3]
    assert ids(do("limit", items=ORDERS, count=2, skip=1, **{"from": "end"})) == [2, 3]
    pieces = do("batch", items=ORDERS, size=3)
    assert [len(piece) for piece in pieces["batches"]] == [3, 1] and pieces["count"] == 2


def test_group_and_summarise():
    groups = do("group", items=ORDERS, by=["city"])["groups"]
    assert [(one["key"]["city"], one["count"]) for one in groups] == [
        ("Rome", 2), ("Oslo", 1), (None, 1)
    ]  # fmt: skip
    totals = {
        "orders": {"take": "count"},
        "sum": {"take": "sum", "field": "total"},
        "mean": {"take": "mean", "field": "total"},
        "most": {"take": "most", "field": "total"},
        "who": {"take": "distinct", "field": "who.name"},
    }
    found = do("summarise", items=ORDERS, totals=totals, by=["city"])["items"]
    assert found[0] == {
        "city": "Rome", "orders": 2, "sum": 50, "mean": 25, "most": 30, "who": ["Ada", None]
    }  # fmt: skip
    assert do("summarise", items=[], totals=totals)["items"][0]["sum"] == 0
    bad = {"x": {"take": "sum", "field": "city"}}
    assert refused("summarise", items=ORDERS, totals=bad) == "not_a_number"


def test_join_pairs_two_lists():
    people = [{"name": "Rome", "mayor": "X"}, {"name": "Bern", "mayor": "Y"}]
    given = {"left": ORDERS, "right": people, "on": "city", "right_on": "name"}
    assert [(one["id"], one["mayor"]) for one in do("join", **given)["items"]] == [
        (1, "X"), (3, "X")
    ]  # fmt: skip
    assert ids(do("join", **given, keep="left")) == [1, 2, 3, 4]
    assert do("join", **given, keep="all")["count"] == 5


def test_compare_tells_what_changed():
    after = [{**ORDERS[0], "total": 31}, ORDERS[1], {"id": 9}]
    found = do("compare", before=ORDERS, after=after, by=["id"])
    assert {name: [one["id"] for one in items] for name, items in found.items()} == {
        "added": [9], "removed": [3, 4], "changed": [1], "same": [2]
    }  # fmt: skip


def test_items_take_another_shape():
    assert do("map", items=ORDERS[:1], fields={"name": "who.name", "no": "x"})["items"] == [
        {"name": "Ada", "no": None}
    ]
    assert do("pick", items=ORDERS[3:], fields=["id", "x"])["items"] == [{"id": 4}]
    assert do("omit", items=ORDERS[3:], fields=["total", "city"])["items"] == [{"id": 4}]
    assert do("rename", items=[{"a": 1, "b": 2}], fields={"a": "c"})["items"] == [{"c": 1, "b": 2}]
    lines = [{"order": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}, {"order": 2, "lines": []}]
    assert do("unwind", items=lines, field="lines", **{"as": "line"})["items"] == [
        {"order": 1, "line": {"sku": "a"}}, {"order": 1, "line": {"sku": "b"}}
    ]  # fmt: skip
    assert do("flatten", values=[1, [2, [3]]])["values"] == [1, 2, [3]]
    assert do("flatten_map", value={"a": {"b": 1, "c": {}}})["value"] == {"a.b": 1, "a.c": {}}
    maps = [{"a": {"x": 1, "y": 1}}, {"a": {"y": 2}}]
    assert do("merge", maps=maps)["value"] == {"a": {"x": 1, "y": 2}}
    assert do("merge", maps=maps, deep=False)["value"] == {"a": {"y": 2}}


def test_texts():
    assert do("split_text", text="a, b ,,c", by=",")["parts"] == ["a", "b", "c"]
    assert do("split_text", text="a1b22c", pattern="[0-9]+")["parts"] == ["a", "b", "c"]
    assert do("join_text", values=ORDERS, field="who.name", by=" + ")["text"] == "Ada + Bo"
    assert do("replace", text="a.b.c", find=".", **{"with": "-"})["text"] == "a-b-c"
    swap = {"find": r"(\w+) (\w+)", "with": r"\2 \1", "pattern": True}
    assert do("replace", text="Ada Byron", **swap)["text"] == "Byron Ada"
    found = do("extract", text="see INV-17 and INV-18", pattern="INV-(?P<number>[0-9]+)")
    assert found["all"] == ["17", "18"] and found["groups"] == {"number": "17"}
    assert do("extract", text="x", pattern="y") == {
        "found": False, "first": None, "all": [], "groups": {}
    }  # fmt: skip
    assert do("slug", text="Crème brûlée & Größe!")["text"] == "creme-brulee-grosse"
    filled = do("template", text="Hi {who.name}, {nobody}{{id}}", data=ORDERS[0], missing="?")
    assert filled["text"] == "Hi Ada, ?{{id}}"
    assert do("truncate", text="a long story", length=8)["text"] == "a long…"
    assert do("truncate", text="short", length=8)["text"] == "short"


def test_a_pattern_that_explodes_elsewhere_is_quick_here_and_a_wrong_one_is_told():
    assert do("extract", text="a" * 50_000 + "!", pattern="(a+)+$")["found"] is False
    assert refused("extract", text="a", pattern="(?=a)") == "bad_pattern"


def test_dates():
    read = do("parse_date", text="30.11.2026 09:00", format="%d.%m.%Y %H:%M", zone="Europe/Vienna")
    assert read == {
        "time": "2026-11-30T08:00:00Z", "date": "2026-11-30", "clock": "09:00", "weekday": "monday"
    }  # fmt: skip
    written = do("format_date", time=read["time"], format="%d %b %Y, %H:%M", zone="Asia/Tokyo")
    assert written["text"] == "30 Nov 2026, 17:00"
    assert do("add_time", time="2026-01-31", months=1)["date"] == "2026-02-28"
    summer = do("add_time", time="2026-03-28T09:00:00", days=1, zone="Europe/Vienna")
    assert summer["clock"] == "09:00"
    assert do("between", start="2026-01-31", end="2026-02-28", unit="months")["count"] == 1
    assert do("between", start="2024-02-29", end="2026-03-01", unit="years")["count"] == 2
    assert do("between", start="2026-03-02", end="2026-03-01")["count"] == -1
    assert refused("parse_date", text="tomorrow") == "bad_time"
    assert refused("parse_date", text="2026-01-01", zone="Mars") == "unknown_zone"
    assert refused("add_time", time="2026-01-01", years=9000) == "bad_time"


def test_csv_is_read_as_texts_and_written_without_formulas():
    items = do("read_csv", text="\ufeffname;age\nAda;36\n\nBo\n", by=";")["items"]
    assert items == [{"name": "Ada", "age": "36"}, {"name": "Bo", "age": ""}]
    made = do("write_csv", items=[{"name": "=1+1", "n": -5}, {"name": 'a "b", c'}])["text"]
    assert made == 'name,n\r\n\'=1+1,-5\r\n"a ""b"", c",\r\n'
    assert refused("read_csv", text="a\n1,2") == "bad_csv"


def test_json_and_its_bounds():
    assert do("read_json", text='{"a": [1]}')["value"] == {"a": [1]}
    assert do("write_json", value={"ä": 1})["text"] == '{"ä": 1}'
    for text in ("{", "NaN", "[" * 100_000):
        assert refused("read_json", text=text) == "bad_json"
    assert refused("read_json", text="[" * 40 + "]" * 40) == "too_deep"


def test_xml_goes_there_and_back_and_bombs_do_not_go_off():
    value = {"order": {"@id": "1", "line": ["a", "<b>"], "note": {"@lang": "en", "#text": "x"}}}
    text = do("write_xml", value=value)["text"]
    assert text.startswith('<order id="1"><line>a</line><line>&lt;b&gt;</line>')
    assert do("read_xml", text=text)["value"] == value
    bomb = '<!DOCTYPE a [<!ENTITY b "bbb">]><a>&b;</a>'
    for hostile in (bomb, "<a>", "<a>" * 1000 + "</a>" * 1000):
        assert refused("read_xml", text=hostile) in ("bad_xml", "too_deep")
    assert refused("write_xml", value={"a b": 1}) == "bad_xml"


def test_markdown_from_a_stranger_is_harmless():
    html = do("markdown_to_html", text="# Hi\n<script>x</script> [a](javascript:alert(1)) **b**")
    assert "<h1>Hi</h1>" in html["text"] and "<strong>b</strong>" in html["text"]
    assert "<script" not in html["text"] and 'href="javascript' not in html["text"]
    assert do("markdown_to_text", text="# Hi\n\n- **one**\n- two")["text"] == "Hi\none\ntwo"
    page = "<style>x</style><p>a &amp; b</p><script>evil()</script><p>c</p>"
    assert do("html_to_text", text=page)["text"] == "a & b\nc"


def test_codes():
    assert do("from_base64", text=do("to_base64", text="Hé")["text"])["text"] == "Hé"
    assert refused("from_base64", text="!!!!") == "bad_base64"
    assert refused("from_base64", text="/w==") == "not_text"
    assert do("hash", text="")["hash"].startswith("e3b0c44298fc")


def test_too_many_items_are_refused_before_anything_is_made():
    assert refused("sort", items=[{}] * 10_001, by=["a"]) == "bad_arguments"
    many = [{"k": 1}] * 200
    assert refused("join", left=many, right=many, on="k") == "too_much"
    lists = [[list(range(200))] * 100]
    assert refused("flatten", values=lists, depth=3) == "too_much"


def test_every_action_is_pure_and_offers_its_fields():
    names = [name for name in CATALOG.action_names() if name.startswith("data.")]
    assert len(names) == 40
    for name in names:
        action = CATALOG.action(name)
        assert action.effect == "pure" and not action.is_async
        assert from_schema(action.output).fields, name


ITEMS = st.lists(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    ),
    max_size=12,
)


@given(ITEMS)
def test_whatever_the_items_are_nothing_is_lost_or_made_up(items):
    key = lambda each: json.dumps(each, sort_keys=True)  # noqa: E731
    sorted_ = do("sort", items=items, by=["a", "b"])["items"]
    assert sorted(map(key, sorted_)) == sorted(map(key, items))
    groups = do("group", items=items, by=["a"])["groups"]
    assert sorted(key(one) for each in groups for one in each["items"]) == sorted(map(key, items))
    pieces = do("batch", items=items, size=3)["batches"]
    assert [one for piece in pieces for one in piece] == items
    once = do("dedupe", items=items)["items"]
    assert do("dedupe", items=once)["items"] == once and len(once) <= len(items)


@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), max_size=5))
def test_a_written_table_reads_back(rows):
    items = [{"x": one, "y": two} for one, two in rows if one + two]
    text = do("write_csv", items=items, columns=["x", "y"], safe=False)["text"]
    assert do("read_csv", text=text)["items"] == items
