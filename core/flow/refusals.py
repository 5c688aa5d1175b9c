"""What the verbs of flows refuse, in words."""

from nexus.core.model.problem import Problem


def unpublished(flow_id: str) -> Problem:
    """Say that there is no published version."""
    return Problem(
        code="not_published",
        title=f"The flow {flow_id} has never been published.",
        status=409,
        hint=f"Publish it first: nexus flow publish {flow_id}",
    )


def holds_secret() -> Problem:
    """Say that a secret stands in the flow itself."""
    return Problem(
        code="secret_in_flow",
        title="The flow holds a secret of a connection, and everybody who sees flows would see it.",
        hint="Take it out, and name the connection in the step: connection: ALIAS.",
    )
