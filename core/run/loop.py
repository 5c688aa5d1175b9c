"""The event loop that runs are driven on."""

import asyncio


def new_loop() -> asyncio.AbstractEventLoop:
    """Return the fastest loop that this system has."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
