"""Why a run was set aside: what stopped Nexus from driving it, in words for a person."""

from nexus.core.model.problem import Refused
from nexus.core.model.run import Fault, RunState
from nexus.core.run.change import encode
from nexus.core.run.live import Live
from nexus.core.store import claims
from nexus.core.store.ticket import Work


def absent(refused: Refused) -> Fault:
    """Return the fault of a run that waits for its module to come back."""
    words = "; ".join(problem.title for problem in refused.problems)
    hint = "Nexus looks again every minute; the run goes on once the module is back."
    return Fault("module_missing", f"This run's version cannot be used now: {words}", "", hint)


def given_up(live: Live, error: Exception, me: int) -> Work:
    """Return the write that fails a run which cannot be driven; it stays where it was kept last."""
    facts = {"state": int(RunState.FAILED), "ended": live.now, "fault": encode(broken(error))}
    return claims.set_aside(me, live.id, live.epoch, True, **facts)


def broken(error: Exception) -> Fault:
    """Return the fault of a run that Nexus itself could not drive."""
    words = f"Nexus could not go on with this run: {type(error).__name__}: {error}"
    hint = "This is a fault of Nexus. Nothing of the run was lost; it can be retried."
    return Fault("internal_error", words[:1000], "", hint)
