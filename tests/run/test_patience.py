"""Work that takes too long is broken off; nothing else looks like that."""

import asyncio

import pytest

from nexus.core.run.patience import within


def test_work_in_time_gives_its_answer():
    async def quick():
        await asyncio.sleep(0)
        return "here"

    assert asyncio.run(within(5, quick())) == "here"


def test_work_that_takes_too_long_is_broken_off_and_may_tidy_up():
    tidied = []

    async def slow():
        try:
            await asyncio.sleep(30)
        finally:
            tidied.append(True)

    with pytest.raises(TimeoutError):
        asyncio.run(within(0.01, slow()))
    assert tidied == [True]


def test_the_task_can_go_on_after_a_timeout():
    async def main():
        with pytest.raises(TimeoutError):
            await within(0.01, asyncio.sleep(30))
        await asyncio.sleep(0)
        return asyncio.current_task().cancelling()

    assert asyncio.run(main()) == 0


def test_a_task_that_somebody_else_cancels_is_not_late():
    async def main():
        task = asyncio.create_task(within(30, asyncio.sleep(30)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_an_error_of_the_work_passes_through():
    async def broken():
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(within(5, broken()))
