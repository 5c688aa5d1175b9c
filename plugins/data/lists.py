"""Choose and order items: filter, sort, dedupe, limit, batch, compare."""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Annotated, Any, Literal

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import Fields, Item, Items, List, Short, at, listed, mark, rank
from nexus.plugins.data.patterns import pattern

Size = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
ORDERS = {"one": [{"id": 1, "city": "Rome"}], "two": [{"id": 2, "city": "Oslo"}]}
TWO = [*ORDERS["one"], *ORDERS["two"]]
SAMPLE = {"items": TWO, "count": 2}


class Condition(msgspec.Struct, forbid_unknown_fields=True):
    """What a field must be.

    Attributes:
        field: A field, like amount or customer.city.
        test: How it is tested.
        value: What it is held against.
    """

    field: Short
    test: Literal[
        "=", "!=", ">", ">=", "<", "<=", "in", "contains", "starts_with", "ends_with", "matches",
        "empty", "not_empty",
    ]  # fmt: skip
    value: Any = None


Conditions = Annotated[list[Condition], msgspec.Meta(min_length=1, max_length=20)]


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Compare two numbers or two texts; anything else does not hold."""

    def holds(found: Any, value: Any) -> bool:
        return rank(found)[0] == rank(value)[0] < 2 and compare(found, value)

    return holds


def _within(found: Any, value: Any) -> bool:
    return isinstance(value, list) and mark(found) in {mark(each) for each in value}


def _contains(found: Any, value: Any) -> bool:
    if isinstance(found, list):
        return mark(value) in {mark(each) for each in found}
    return isinstance(found, str) and str(value).casefold() in found.casefold()


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, value: eq(mark(found), mark(value)),
    "!=": lambda found, value: ne(mark(found), mark(value)),
    ">": _ordered(gt),
    ">=": _ordered(ge),
    "<": _ordered(lt),
    "<=": _ordered(le),
    "in": _within,
    "contains": _contains,
    "starts_with": lambda found, value: isinstance(found, str) and found.startswith(str(value)),
    "ends_with": lambda found, value: isinstance(found, str) and found.endswith(str(value)),
    "matches": lambda found, value: (
        isinstance(found, str) and bool(pattern(str(value)).search(found))
    ),
    "empty": lambda found, value: found in (None, "", [], {}),
    "not_empty": lambda found, value: found not in (None, "", [], {}),
}


def _holds(one: Condition, item: Item) -> bool:
    return TESTS[one.test](at(item, one.field), one.value)


@action(effect="pure", title="Filter a list", icon="funnel", sample=SAMPLE)
def filter_(
    context: Context, items: Items, where: Conditions, match: Literal["all", "any"] = "all"
) -> List:
    """Keep the items that fit.

    Args:
        items: A list of maps.
        where: Conditions, like [{field: amount, test: ">", value: 100}].
        match: Whether all conditions must hold, or any one.
    """
    every = all if match == "all" else any
    return listed(item for item in items if every(_holds(one, item) for one in where))


@action(effect="pure", title="Sort a list", icon="list-ordered", sample=SAMPLE)
def sort(context: Context, items: Items, by: Fields, down: bool = False) -> List:
    """Put items in order. Equal ones stay as they were; what is missing comes last.

    Args:
        items: A list of maps.
        by: The fields to sort by, the weightiest first.
        down: Largest first.
    """
    missing = [item for item in items if at(item, by[0]) is None] if by else []
    there = [item for item in items if not by or at(item, by[0]) is not None]
    there.sort(key=lambda item: [rank(at(item, field)) for field in by], reverse=down)
    return listed([*there, *missing])


@action(effect="pure", title="Remove duplicates", icon="copy", sample=SAMPLE)
def dedupe(
    context: Context,
    items: Items,
    by: Fields | None = None,
    keep: Literal["first", "last"] = "first",
) -> List:
    """Keep one of the items that are equal.

    Args:
        items: A list of maps.
        by: The fields that make two items equal; all of them if left out.
        keep: Which one is kept.
    """
    found: dict[Any, Item] = {}
    for item in items:
        key = tuple(mark(at(item, field)) for field in by) if by else mark(item)
        if keep == "last" or key not in found:
            found[key] = item
    return listed(found.values())


@action(effect="pure", title="Take a part of a list", icon="scissors", sample=SAMPLE)
def limit(
    context: Context,
    items: Items,
    count: Size,
    skip: Annotated[int, msgspec.Meta(ge=0)] = 0,
    from_: Literal["start", "end"] = "start",
) -> List:
    """Take the first or the last few items.

    Args:
        items: A list of maps.
        count: How many at most.
        skip: How many to pass over first.
        from_: Where to begin.
    """
    if from_ == "start":
        return listed(items[skip : skip + count])
    end = max(len(items) - skip, 0)
    return listed(items[max(end - count, 0) : end])


class Batches(msgspec.Struct):
    """A list cut into pieces.

    Attributes:
        batches: The pieces, each a list.
        count: How many pieces there are.
    """

    batches: list[list[Item]]
    count: int


@action(
    effect="pure",
    title="Cut into batches",
    icon="layers",
    sample={"batches": [ORDERS["one"], ORDERS["two"]], "count": 2},
)
def batch(context: Context, items: Items, size: Size) -> Batches:
    """Cut a list into pieces, for a `for` step that handles many items in one call.

    Args:
        items: A list of maps.
        size: How many items a piece has at most.
    """
    pieces = [items[start : start + size] for start in range(0, len(items), size)]
    return Batches(batches=pieces, count=len(pieces))


class Differences(msgspec.Struct):
    """What changed from one list to another.

    Attributes:
        added: Items that are new.
        removed: Items that are gone.
        changed: Items that are there in both, with other fields; as they are now.
        same: Items that did not change.
    """

    added: list[Item]
    removed: list[Item]
    changed: list[Item]
    same: list[Item]


@action(
    effect="pure",
    title="Compare two lists",
    icon="scale",
    sample={"added": ORDERS["one"], "removed": [], "changed": [], "same": ORDERS["two"]},
)
def compare(context: Context, before: Items, after: Items, by: Fields) -> Differences:
    """Find out what was added, removed and changed.

    Args:
        before: The list as it was.
        after: The list as it is.
        by: The fields that tell which items are the same one, like [id].
    """
    old, new = _by(before, by), _by(after, by)
    both = [(old[one], item) for one, item in new.items() if one in old]
    return Differences(
        added=[item for one, item in new.items() if one not in old],
        removed=[item for one, item in old.items() if one not in new],
        changed=[now for then, now in both if mark(then) != mark(now)],
        same=[now for then, now in both if mark(then) == mark(now)],
    )


def _by(items: list[Item], fields: list[str]) -> dict[Any, Item]:
    return {tuple(mark(at(item, field)) for field in fields): item for item in items}
