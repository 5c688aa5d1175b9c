"""The steps that hear and speak: `listen`, `emit` and `run`, and the moments at which waits end."""

from typing import Any

from nexus.core.clock import SECOND
from nexus.core.flow import plan as ops
from nexus.core.flow.duration import after, read_moment
from nexus.core.flow.values import to_text
from nexus.core.flow.workdays import business_after, read_count, read_holidays, read_zone
from nexus.core.model import ids
from nexus.core.model.event import ENDED, LONGEST_KEY, topic
from nexus.core.model.run import Fault
from nexus.core.run.live import Ear, Live, Parked, Says, Stop
from nexus.core.run.trouble import Broken

FOR_EVER = 3_653 * 86_400 * SECOND  # ten years


def due(live: Live, op: ops.Timed, since: int) -> int:
    """Return when something that began at `since` ends; without an end, in ten years.

    Raises:
        Broken: What the flow computed is no moment.
    """
    try:
        return _due(live, op, since)
    except ValueError as error:
        raise Broken(Fault("not_a_time", f"{error}.", op.step)) from None


def _due(live: Live, op: ops.Timed, since: int) -> int:
    context = live.context
    zone = live.plan.zone if op.zone is None else read_zone(op.zone(context))
    if op.duration is not None:
        return after(since, str(op.duration(context)), zone)
    if op.until is not None:
        return read_moment(op.until(context), zone)
    if op.business is not None:
        holidays = read_holidays(op.holidays(context) if op.holidays else None)
        return business_after(since, read_count(op.business(context)), zone, holidays)
    return since + FOR_EVER


def wait(live: Live, op: ops.Wait) -> Stop | None:
    """Park until the moment; woken earlier for another reason, park again."""
    end = due(live, op, live.since or live.now)
    if end > live.now:
        if not live.since:
            live.since = live.now
            live.note(op.step, "wait", end)
        return Parked(end)
    live.finish(op.step, {"waited": bool(live.since)})
    return None


def listen(live: Live, op: ops.Listen) -> Stop | None:
    """Park until the event came or the time ran out, and go the way of what was first."""
    place = (op.step, live.turn)
    event = live.heard.pop(place, None) if live.heard else None
    since = live.since or live.now
    end = due(live, op, since)
    if event is None and end > live.now:
        if not live.since:
            _begin(live, op, place, end)
        return Parked(end)
    if event is not None:
        _take(live, event)
    stop_listening(live, place)
    output = {"timed_out": event is None, "event": event}
    live.finish(op.step, output)
    live.go(op.late if event is None else op.heard)
    return None


def _begin(live: Live, op: ops.Listen, place: tuple[str, str], end: int) -> None:
    key = live.key if op.match is None else op.match(live.context)
    if key is None:
        words = f"There is no key to match: this run listens for {op.event} of nobody."
        hint = "Give `match` a value that is there, or give the flow a `key`."
        raise Broken(Fault("no_key", words, op.step, hint))
    name = topic(op.event, to_text(key))
    start = live.event.id if not op.early else ids.floor_of(live.began - op.early)
    begin_to_listen(live, place, name, max(start, (live.taken or {}).get(name, 0)))
    live.since = live.now
    live.note(op.step, "wait", end, {"event": op.event, "match": to_text(key)[:LONGEST_KEY]})


def begin_to_listen(live: Live, place: tuple[str, str], name: bytes, after_id: int) -> None:
    """Listen at a place from the next write on."""
    live.ears = {} if live.ears is None else live.ears
    live.ears[place] = Ear(name, after_id)


def stop_listening(live: Live, place: tuple[str, str]) -> None:
    """Listen no more at a place from the next write on."""
    ear = live.ears.pop(place, None) if live.ears else None
    if ear is not None and ear.written:
        live.deaf = [] if live.deaf is None else live.deaf
        live.deaf.append(place)


def _take(live: Live, event: dict[str, Any]) -> None:
    """Remember that the run took this event, so that its next listen takes a later one."""
    live.taken = {} if live.taken is None else live.taken
    live.taken[topic(event["type"], event["subject"])] = ids.read("evt", event["id"]) or 0


def emit(live: Live, op: ops.Emit) -> Stop:
    """Say what to tell; `voice` tells it."""
    subject = op.subject(live.context)
    text = "" if subject is None else to_text(subject)[:LONGEST_KEY]
    return Says(op, op.data(live.context), text)


def run(live: Live, op: ops.Run) -> Stop | None:
    """Start another flow, or take what it gave."""
    place = (op.step, live.turn)
    event = live.heard.pop(place, None) if live.heard else None
    if event is not None:
        stop_listening(live, place)
        _come_home(live, op, event["data"])
        return None
    if live.since:
        return Parked(live.since + FOR_EVER)
    return Says(op, op.given(live.context))


def _come_home(live: Live, op: ops.Run, told: dict[str, Any]) -> None:
    fault = told.get("fault")
    if fault is None:
        live.finish(op.step, told.get("output"))
        return
    words = f"The run of {op.flow} did not come to its end: {fault['message']}"
    hint = f"Look at that run ({told['run']}); trying again here starts a new one."
    raise Broken(Fault(fault["code"], words, op.step, hint))


def ended_topic(run_id: int) -> bytes:
    """Return what listens for the end of a run."""
    return topic(ENDED, ids.write("run", run_id))
