"""Bring items together: group, summarise, join."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import Fields, Item, Items, List, Short, at, bad, listed, mark, rank

Groups = dict[Any, list[Item]]


class Group(msgspec.Struct):
    """Items that are alike.

    Attributes:
        key: The fields that they share.
        items: The items.
        count: How many there are.
    """

    key: Item
    items: list[Item]
    count: int


class Grouped(msgspec.Struct):
    """Items by what they share.

    Attributes:
        groups: The groups, in the order in which each was met first.
        count: How many groups there are.
    """

    groups: list[Group]
    count: int


class Total(msgspec.Struct, forbid_unknown_fields=True):
    """One figure over the items of a group.

    Attributes:
        take: What is worked out.
        field: Of which field; `count` needs none.
    """

    take: Literal["count", "sum", "mean", "least", "most", "first", "last", "list", "distinct"]
    field: Short = ""


Totals = Annotated[dict[Short, Total], msgspec.Meta(min_length=1, max_length=50)]


def _gathered(items: list[Item], by: list[str]) -> Groups:
    groups: Groups = defaultdict(list)
    for item in items:
        groups[tuple(mark(at(item, field)) for field in by)].append(item)
    return groups


def _key(items: list[Item], by: list[str]) -> Item:
    return {field: at(items[0], field) for field in by}


@action(
    effect="pure",
    title="Group a list",
    icon="boxes",
    sample={
        "groups": [{"key": {"city": "Rome"}, "items": [{"city": "Rome"}], "count": 1}],
        "count": 1,
    },
)
def group(context: Context, items: Items, by: Fields) -> Grouped:
    """Bring together the items that share fields.

    Args:
        items: A list of maps.
        by: The fields that they share, like [city].
    """
    groups = [
        Group(key=_key(found, by), items=found, count=len(found))
        for found in _gathered(items, by).values()
    ]
    return Grouped(groups=groups, count=len(groups))


def _sum(values: list[Any]) -> Any:
    return sum(_numbers(values))


def _mean(values: list[Any]) -> Any:
    numbers = _numbers(values)
    return sum(numbers) / len(numbers) if numbers else None


def _numbers(values: list[Any]) -> list[Any]:
    """Return the numbers; what is missing does not count, and a text is a mistake."""
    found = [value for value in values if value is not None]
    for value in found:
        if isinstance(value, bool) or not isinstance(value, int | float):
            hint = "Map or filter the list first."
            raise bad("not_a_number", f"{str(value)[:40]!r} cannot be added up.", hint)
    return found


TAKES: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": _sum,
    "mean": _mean,
    "least": lambda values: min((v for v in values if v is not None), key=rank, default=None),
    "most": lambda values: max((v for v in values if v is not None), key=rank, default=None),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
    "list": list,
    "distinct": lambda values: list({mark(value): value for value in values}.values()),
}


@action(
    effect="pure",
    title="Summarise a list",
    icon="chart-column",
    sample={"items": [{"city": "Rome", "orders": 2, "total": 300}], "count": 1},
)
def summarise(context: Context, items: Items, totals: Totals, by: Fields | None = None) -> List:
    """Work out figures: one item for each group, or one for the whole list.

    Args:
        items: A list of maps.
        totals: The figures by name, like {total: {take: sum, field: amount}}.
        by: The fields that make a group; the whole list is one if left out.
    """
    by = by or []
    groups = _gathered(items, by) if by else {(): items}
    return listed(
        {**(_key(found, by) if found else {}), **_figures(found, totals)}
        for found in groups.values()
    )


def _figures(items: list[Item], totals: dict[str, Total]) -> Item:
    return {
        name: TAKES[one.take]([at(item, one.field) for item in items] if one.field else items)
        for name, one in totals.items()
    }


@action(
    effect="pure",
    title="Join two lists",
    icon="git-merge",
    sample={"items": [{"id": 1, "customer": 7, "name": "Ada"}], "count": 1},
)
def join(
    context: Context,
    left: Items,
    right: Items,
    on: Short,
    right_on: Short = "",
    keep: Literal["both", "left", "all"] = "both",
) -> List:
    """Put together the items of two lists that have a value in common.

    Where both have a field of the same name, the left one's stays.

    Args:
        left: A list of maps.
        right: The other list.
        on: The field that has the value in common, like customer.
        right_on: What it is called in the right list, when otherwise.
        keep: Only pairs (both), also left items without one (left), or all items.
    """
    return listed(_joined(left, right, on, right_on or on, keep))


def _joined(left: list[Item], right: list[Item], on: str, other: str, keep: str) -> Iterator[Item]:
    partners = _gathered([item for item in right if at(item, other) is not None], [other])
    met = set()
    for item in left:
        key = (mark(at(item, on)),)
        pairs = partners.get(key, [])
        met.add(key)
        yield from ({**pair, **item} for pair in pairs)
        if not pairs and keep != "both":
            yield item
    if keep == "all":
        alone = (item for item in right if (mark(at(item, other)),) not in met)
        yield from alone
