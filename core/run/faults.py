"""The faults of effects, in words."""

from nexus.core.model.run import Fault
from nexus.core.run.live import Effect


def doubt(fault: Fault, effect: Effect) -> Fault:
    """Return the fault of an effect of which nobody knows whether it took place."""
    hint = "It may have taken place. Look at the provider, then retry or cancel this run."
    return Fault("unknown_outcome", fault.message, effect.op.step, hint)


def changed(effect: Effect) -> Fault:
    """Return the fault of an effect whose connection is another one by now."""
    return Fault(
        "connection_changed",
        f"The connection {effect.op.connection} was changed after {effect.op.action.title} was "
        "tried, and that try may have taken place.",
        effect.op.step,
        "Look at the provider, then retry this run with the present connection or cancel it.",
    )


def overtaken(effect: Effect) -> Fault:
    """Return the fault of an effect that another copy of this installation may have had."""
    return Fault(
        "restored",
        f"This run came back from a backup, and {effect.op.action.title} may have taken place "
        "after that was taken.",
        effect.op.step,
        "Look at the provider. Retry this run when it has not taken place, else cancel it.",
    )


def bug(error: BaseException, effect: Effect) -> Fault:
    """Return the fault of a module that broke."""
    words = f"The module {effect.op.action.module} broke: {type(error).__name__}: {error}"
    hint = "This is a fault of the module, not of your flow. Please tell its publisher."
    return Fault("module_error", words, effect.op.step, hint)
