"""A person is told which data a condition looked for in vain."""

import pytest

from nexus.core.flow.absent import absent

CONTEXT = {"event": {"data": {"a": 1, "none": None, "list": [1]}}, "steps": {}, "settings": {}}


@pytest.mark.parametrize(
    ("source", "paths"),
    [
        ("event.data.a > 3", ()),
        ("event.data.x > 3", ("event.data.x",)),
        ("event.data.x > 3 || event.data.x < 1", ("event.data.x",)),
        ("event.data.none == 1 && steps.y.z", ("event.data.none", "steps.y.z")),
        ("event.data.list[4] == event.data['b c']", ("event.data.list[4]", "event.data['b c']")),
        ("event.data.list.exists(i, i.x == event.data.q)", ("event.data.q",)),
        ("size(event.data.nope.more)", ("event.data.nope.more",)),
        ("not even an expression", ()),
    ],
)
def test_the_paths_that_were_missing(source, paths):
    assert absent(source, CONTEXT) == paths
