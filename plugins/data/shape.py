"""Give items another shape: map, pick, omit, rename, merge, flatten."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import (
    MAX_DEPTH,
    Fields,
    Item,
    Items,
    List,
    Names,
    Short,
    Values,
    at,
    bad,
    listed,
    too_much,
)

SAMPLE = {"items": [{"name": "Ada", "city": "Rome"}], "count": 1}
Few = Annotated[list[Item], msgspec.Meta(min_length=1, max_length=100)]


class Map(msgspec.Struct):
    """One map.

    Attributes:
        value: The map.
    """

    value: Item


class Flat(msgspec.Struct):
    """A flat list of any values.

    Attributes:
        values: The values.
        count: How many there are.
    """

    values: list[Any]
    count: int


@action(effect="pure", title="Map a list", icon="shapes", sample=SAMPLE)
def map_(context: Context, items: Items, fields: Names) -> List:
    """Make new items out of fields of the old ones.

    Args:
        items: A list of maps.
        fields: The new names, each with the field it comes from, like {city: address.city}.
    """
    return listed({name: at(item, path) for name, path in fields.items()} for item in items)


@action(effect="pure", title="Pick fields", icon="check-check", sample=SAMPLE)
def pick(context: Context, items: Items, fields: Fields) -> List:
    """Keep only some fields of each item.

    Args:
        items: A list of maps.
        fields: The fields to keep.
    """
    wanted = frozenset(fields)
    return listed({name: each for name, each in item.items() if name in wanted} for item in items)


@action(effect="pure", title="Leave fields out", icon="eye", sample=SAMPLE)
def omit(context: Context, items: Items, fields: Fields) -> List:
    """Take some fields out of each item.

    Args:
        items: A list of maps.
        fields: The fields to take out.
    """
    gone = frozenset(fields)
    return listed({name: each for name, each in item.items() if name not in gone} for item in items)


@action(effect="pure", title="Rename fields", icon="pen", sample=SAMPLE)
def rename(context: Context, items: Items, fields: Names) -> List:
    """Call fields of each item something else; the other fields stay.

    Args:
        items: A list of maps.
        fields: The old names, each with the new one, like {mail: email}.
    """
    return listed({fields.get(name, name): each for name, each in item.items()} for item in items)


@action(effect="pure", title="Merge maps", icon="git-merge", sample={"value": {"name": "Ada"}})
def merge(context: Context, maps: Few, deep: bool = True) -> Map:
    """Lay maps over one another: what comes later wins.

    Args:
        maps: The maps, the weakest first.
        deep: Merge maps inside maps as well, instead of taking the later one whole.
    """
    found: Item = {}
    for one in maps:
        found = _over(found, one, 1) if deep else {**found, **one}
    return Map(value=found)


def _over(under: Item, upper: Item, depth: int) -> Item:
    _check_depth(depth)
    made = dict(under)
    for name, value in upper.items():
        known = made.get(name)
        both = isinstance(known, dict) and isinstance(value, dict)
        made[name] = _over(known or {}, value, depth + 1) if both else value
    return made


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise bad("too_deep", f"This is nested more than {MAX_DEPTH} deep.")


@action(effect="pure", title="Split a list out", icon="split", sample=SAMPLE)
def unwind(context: Context, items: Items, field: Short, as_: Short = "") -> List:
    """Make one item of each entry of a list inside an item; the other fields are repeated.

    An order with three lines becomes three items. An item whose list is empty falls away.

    Args:
        items: A list of maps.
        field: The field that holds the inner list.
        as_: What the entry is called; like the field if left out.
    """
    return listed(_unwound(items, field, as_ or field))


def _unwound(items: list[Item], field: str, name: str) -> Iterator[Item]:
    for item in items:
        entries = at(item, field)
        rest = {key: value for key, value in item.items() if key != field}
        for entry in entries if isinstance(entries, list) else []:
            yield {**rest, name: entry}


@action(effect="pure", title="Flatten", icon="list", sample={"values": [1, 2, 3], "count": 3})
def flatten(
    context: Context, values: Values, depth: Annotated[int, msgspec.Meta(ge=1, le=MAX_DEPTH)] = 1
) -> Flat:
    """Turn a list of lists into one list.

    Args:
        values: The list.
        depth: How many levels of lists to take away.
    """
    found = values
    for _ in range(depth):
        found = [one for each in found for one in (each if isinstance(each, list) else [each])]
        if len(found) > 10_000:
            raise too_much("This makes more than 10,000 values.")
    return Flat(values=found, count=len(found))


@action(
    effect="pure", title="Flatten a map", icon="braces", sample={"value": {"address.city": "Rome"}}
)
def flatten_map(context: Context, value: Item, by: Short = ".") -> Map:
    """Bring maps inside a map to the top: `{a: {b: 1}}` becomes `{a.b: 1}`.

    Args:
        value: The map.
        by: What stands between the names.
    """
    return Map(value=dict(_leaves(value, "", by, 1)))


def _leaves(value: Item, before: str, by: str, depth: int) -> Iterator[tuple[str, Any]]:
    _check_depth(depth)
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _leaves(inner, f"{before}{name}{by}", by, depth + 1)
        else:
            yield f"{before}{name}", inner
