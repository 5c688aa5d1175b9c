"""What a function or a loop must keep to before it is compiled."""

from collections.abc import Collection

from nexus.core.flow.functions import FUNCTIONS
from nexus.core.flow.near import did_you_mean
from nexus.core.flow.nodes import ExprError, Invoke, Literal, Loop
from nexus.core.flow.text_functions import compile_pattern


def check_call(node: Invoke) -> None:
    """Refuse a function that does not exist, or has too few or too many arguments.

    Raises:
        ExprError: With the near name.
    """
    function = FUNCTIONS.get(node.name)
    if function is None:
        hint = did_you_mean(node.name, FUNCTIONS)
        message = f"There is no function `{node.name}`."
        raise ExprError(message, node.at, code="unknown_function", hint=hint)
    if not function.least <= len(node.args) <= function.most:
        wanted = (
            f"{function.least}"
            if function.least == function.most
            else (f"{function.least} to {function.most}")
        )
        message = f"`{node.name}` takes {wanted} values, not {len(node.args)}."
        raise ExprError(message, node.at, code="wrong_arguments")
    pattern = node.args[1] if node.name == "matches" else None
    if isinstance(pattern, Literal) and type(pattern.value) is str:
        compile_pattern(pattern.value, pattern.at)


def check_variable(node: Loop, names: Collection[str]) -> None:
    """Refuse a loop variable that hides another name.

    Raises:
        ExprError: Naming the variable.
    """
    if node.variable in names:
        message = f"`{node.variable}` means something else here already."
        raise ExprError(message, node.at, hint="Choose another name for the loop.")
