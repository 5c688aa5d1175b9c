"""The page of the API names every route."""

import re
from pathlib import Path

from nexus.ui.api.route import ROUTES

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_page_lists_every_route_and_no_other():
    table = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    listed = {found for line in table for found in re.findall(r"`([A-Z]+ /[\w/{}.]+)", line)}
    assert listed == {f"{one.method} {one.path}" for one in ROUTES}
