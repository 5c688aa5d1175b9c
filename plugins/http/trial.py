"""Trying a connection out: read its base address and say what came back."""

from nexus import BadConnection, Context, connection_test
from nexus.plugins.http.client import judge, reach, words


@connection_test("api")
async def api(context: Context) -> str:
    """Read the base address with the secret."""
    return await _look(context)


@connection_test("oauth")
async def oauth(context: Context) -> str:
    """Read the base address with a token."""
    return await _look(context)


async def _look(context: Context) -> str:
    answer = await reach(context)
    if answer.status in (401, 403):
        raise BadConnection(f"{words(answer)} The credentials were refused.")
    if answer.status >= 500 or answer.status == 429:
        raise judge(answer, context.now())
    more = " Its own address is no resource, which is fine." if answer.status >= 400 else ""
    return f"It answered {answer.status}.{more}"
