"""Read and write the contents of files: CSV, JSON, XML."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import (
    MAX_DEPTH,
    MAX_ITEMS,
    Fields,
    Item,
    Items,
    List,
    Short,
    Text,
    bad,
    bounded,
    listed,
    too_much,
)
from nexus.plugins.data.texts import Made, written

Mark = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z_][A-Za-z0-9_.-]*)?")


class Value(msgspec.Struct):
    """What a document holds.

    Attributes:
        value: The value.
    """

    value: Any


@action(effect="pure", icon="table", sample={"items": [{"name": "Ada", "age": "36"}], "count": 1})
def read_csv(context: Context, text: Text, by: Mark = ",", columns: Fields | None = None) -> List:
    """Read a table: one item for each row. All values are texts.

    Args:
        text: The table, with the names of its columns in the first row.
        by: What stands between the cells.
        columns: The names of the columns when the first row does not have them.
    """
    return listed(_rows(text.removeprefix("\ufeff"), by, columns or []))


def _rows(text: str, by: str, columns: list[str]) -> Iterator[Item]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=by)
    try:
        names = columns or next(reader, [])
        for number, cells in enumerate(reader, 1 if columns else 2):
            if len(cells) > len(names):
                words = f"Row {number} has {len(cells)} cells, and there are {len(names)} columns."
                raise bad("bad_csv", words, "Check what stands between the cells.")
            if cells:
                yield dict(zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True))
    except csv.Error as error:
        raise bad("bad_csv", f"This is no table: {error}.") from None


@action(effect="pure", icon="table", sample={"text": "name,age\r\nAda,36\r\n"})
def write_csv(
    context: Context,
    items: Items,
    columns: Fields | None = None,
    by: Mark = ",",
    safe: bool = True,
) -> Made:
    """Write a table for a spreadsheet.

    Args:
        items: A list of maps.
        columns: The columns, in order; all fields if left out.
        by: What stands between the cells.
        safe: Keep a spreadsheet from taking a text as a formula, by a ' in front of it.
    """
    names = columns or list(dict.fromkeys(name for item in items for name in item))
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=by)
    writer.writerow([_cell(name, safe) for name in names])
    writer.writerows([_cell(item.get(name), safe) for name in names] for item in items)
    return Made(text=bounded(buffer.getvalue()))


def _cell(value: Any, safe: bool) -> str:
    text = "" if value is None else written(value)
    return f"'{text}" if safe and isinstance(value, str) and FORMULA.match(text) else text


@action(effect="pure", icon="braces", sample={"value": {"id": 1}})
def read_json(context: Context, text: Text) -> Value:
    """Read JSON.

    Args:
        text: The document.
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise bad("bad_json", f"This is no JSON: {error}.") from None
    _check_depth(value)
    return Value(value=value)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _check_depth(value: Any) -> None:
    """Walk level by level: what is nested too deeply never makes us recurse."""
    level = [value]
    for _ in range(MAX_DEPTH):
        maps = [one.values() for one in level if isinstance(one, dict)]
        lists = [one for one in level if isinstance(one, list)]
        level = [inner for group in (*maps, *lists) for inner in group]
        if not level:
            return
    raise bad("too_deep", f"This is nested more than {MAX_DEPTH} deep.")


@action(effect="pure", icon="braces", sample={"text": '{"id": 1}'})
def write_json(context: Context, value: Any, indent: bool = False) -> Made:
    """Write JSON.

    Args:
        value: Any value.
        indent: Write it over several lines, for people.
    """
    made = json.dumps(value, ensure_ascii=False, indent=2 if indent else None)
    return Made(text=bounded(made))


@action(
    effect="pure", icon="file-code", sample={"value": {"order": {"@id": "1", "line": ["a", "b"]}}}
)
def read_xml(context: Context, text: Text) -> Value:
    """Read XML: attributes become `@name`, text beside them `#text`, repeated elements a list.

    Args:
        text: The document. Entities and document types are refused.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415 - loads on first use
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError, DefusedXmlException) as error:
        raise bad("bad_xml", f"This is no XML that is read: {str(error)[:200]}.") from None
    if sum(1 for _ in root.iter()) > MAX_ITEMS:
        raise too_much(f"This has more than {MAX_ITEMS:,} elements.")
    return Value(value={root.tag: _element(root, 1)})


def _element(element: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise bad("too_deep", f"This is nested more than {MAX_DEPTH} deep.")
    found: dict[str, Any] = {f"@{name}": value for name, value in element.attrib.items()}
    for child in element:
        value = _element(child, depth + 1)
        if child.tag not in found:
            found[child.tag] = value
        elif isinstance(found[child.tag], list):
            found[child.tag].append(value)
        else:
            found[child.tag] = [found[child.tag], value]
    text = (element.text or "").strip()
    if not found:
        return text or None
    return {**found, "#text": text} if text else found


@action(effect="pure", icon="file-code", sample={"text": "<order><line>a</line></order>"})
def write_xml(context: Context, value: Item, root: Short = "") -> Made:
    """Write XML, in the shape that `read_xml` gives.

    Args:
        value: A map. `@name` is an attribute, `#text` the text, a list repeats its element.
        root: The name of the outermost element, when the map is what lies inside it.
    """
    document = {root: value} if root else value
    if len(document) != 1:
        raise bad("bad_xml", "An XML document has one outermost element.", "Name it by `root`.")
    return Made(text=bounded("".join(_elements(document, 1))))


def _elements(inside: Item, depth: int) -> Iterator[str]:
    if depth > MAX_DEPTH:
        raise bad("too_deep", f"This is nested more than {MAX_DEPTH} deep.")
    for name, value in inside.items():
        if name.startswith("@") or name == "#text":
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _written_element(_named(name), each, depth)


def _written_element(name: str, value: Any, depth: int) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"<{name}/>" if value is None else f"<{name}>{escape(written(value))}</{name}>"
        return
    pairs = [(_named(key[1:]), each) for key, each in value.items() if key.startswith("@")]
    shown = "".join(f" {key}={quoteattr(written(each))}" for key, each in pairs)
    text = value.get("#text")
    yield f"<{name}{shown}>{'' if text is None else escape(written(text))}"
    yield from _elements(value, depth + 1)
    yield f"</{name}>"


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise bad("bad_xml", f"`{name[:60]}` cannot be the name of an element or attribute.")
    return name
