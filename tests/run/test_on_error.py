"""What a step's `on_error` does: go on, go another way, insist, or stop whatever is around."""

import pytest

from nexus.core.flow.compile import compile_plan
from nexus.core.flow.plan import Guard
from nexus.core.flow.read import read
from nexus.core.model.run import RunState
from nexus.core.sdk import Refuse
from tests.run.catalog import HEAD, Known
