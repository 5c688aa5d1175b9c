"""What a loop runs over now, as expressions see it."""

from nexus.core.flow.plan import For
from nexus.core.run.live import Live, Loop


def show_item(live: Live, op: For, loop: Loop, index: int) -> None:
    """Let expressions see the loop's present item."""
    live.context[op.name] = loop.items[index]
    live.context[op.index_name] = index


def hide_item(live: Live, op: For) -> None:
    """Take the loop's names away again."""
    live.context.pop(op.name, None)
    live.context.pop(op.index_name, None)
