"""The role templates: eleven that ship, and those that modules bring. What they may do: policy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """A template of rights. A role `for_client` is held by people of a client company only."""

    id: str
    title: str
    about: str
    for_client: bool = False


ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        Role(id="owner", title="Owner", about="Everything, keys and exports included."),
        Role(id="admin", title="Admin", about="People, modules, connections and all of the work."),
        Role(id="builder", title="Builder", about="Makes and publishes flows; moves no money."),
        Role(id="operator", title="Operator", about="Watches runs, sends events, tries again."),
        Role(id="advisor", title="Advisor", about="Looks after clients; sees flows and runs."),
        Role(id="finance", title="Finance", about="Invoices and payments, and not the flows."),
        Role(id="support", title="Support", about="Answers tickets; may try runs again."),
        Role(id="it", title="IT", about="Devices, domains and hosting; sees connections."),
        Role(id="viewer", title="Viewer", about="Looks, and changes nothing."),
        Role(
            id="client_owner",
            title="Client owner",
            about="Everything of their own company, its people included.",
            for_client=True,
        ),
        Role(
            id="client_member",
            title="Client member",
            about="What their own company shares with them.",
            for_client=True,
        ),
    )
}
