"""The verbs of people: list, show with rights and why, give roles and rights, disable, enable.

Nobody gives, takes or undoes more than they hold themselves, and the last owner stays.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nexus.core.model.actor import Actor, Pair, Right, Scope
from nexus.core.model.deed import Deed, deed
from nexus.core.model.people import PersonRow, PersonView, RightRow, RoleRow
from nexus.core.model.problem import Refused, missing
from nexus.core.people import refusals
from nexus.core.people.people import People
from nexus.core.people.policy import allow, covers, reaches
from nexus.core.store import people as store
from nexus.core.store import sessions
from nexus.core.store.settings import read_terms


class Members:
    """Everything that can be asked of people. `hand_over(from, to)` is where tasks hang in."""

    def __init__(self, people: People) -> None:
        self.people = people
        self._database = people.database
        self._clock = people.clock
        self.hand_over: Callable[[str, str], None] = lambda leaver, heir: None
        self.on_change: Callable[[], None] = lambda: None

    def show(self, actor: Actor, person_id: str) -> PersonView:
        """Return a person with every right, how far it reaches, and why."""
        row = self.find(actor, person_id, "read")
        changed = store.right_changes(self._database).get(person_id, {})
        rights = self.people.rights_of(person_id).items()
        return PersonView(
            row=self._row(row, store.roles_of(self._database, person_id)),
            rights=tuple(right_row(pair, right, pair in changed) for pair, right in rights),
        )

    def set_roles(
        self, actor: Actor, person_id: str, roles: Sequence[str], client: str | None = None
    ) -> PersonRow:
        """Replace a person's roles; their sessions end, so that nothing of before lingers.

        Raises:
            Refused: A role goes beyond the actor's own rights, or no owner would be left.
        """
        row = self.find(actor, person_id, "roles")
        self.check_below(actor, row)
        self.check_grant(actor, roles, client)
        done = self.deed(actor, "person.roles", row, roles=", ".join(roles))
        if not store.set_roles(self._database, person_id, roles, client, done):
            raise Refused(refusals.last_owner())
        self.on_change()
        return self.row(person_id)

    def change_right(
        self,
        actor: Actor,
        person_id: str,
        resource: str,
        verb: str,
        scope: Scope | None,
        inherit: bool = False,
    ) -> PersonView:
        """Give one right to a person or take it, whatever their roles say; `inherit` undoes it."""
        row = self.find(actor, person_id, "roles")
        self.check_below(actor, row)
        pair = self._pair(resource, verb)
        self._check_owner_keeps(person_id)
        if scope is not None and not inherit:
            self._check_within(actor, {pair: Right(scope, False, "")})
        words = f"{resource}.{verb}: {'by role' if inherit else scope or 'none'}"
        done = self.deed(actor, "person.roles", row, roles=words)
        store.change_right(self._database, person_id, pair, scope, inherit, done)
        sessions.drop_sessions(self._database, person_id)
        self.on_change()
        return self.show(actor, person_id)

    def disable(self, actor: Actor, person_id: str, heir: str | None = None) -> PersonRow:
        """Shut a person out: sessions end at once, tokens stop, their tasks go to `heir`.

        Raises:
            Refused: It is the last owner, the actor itself, or somebody with more rights.
        """
        row = self.find(actor, person_id, "disable")
        if person_id == actor.id:
            raise Refused(refusals.yourself())
        self.check_below(actor, row)
        if heir is not None and (heir == person_id or self.find(actor, heir, "read").disabled):
            raise Refused(refusals.no_heir(heir))
        done = self.deed(actor, "person.disable", row)
        if not store.disable(self._database, person_id, heir, done):
            raise Refused(refusals.last_owner())
        if heir is not None:
            self.hand_over(person_id, heir)
        self.on_change()
        return self.row(person_id)

    def enable(self, actor: Actor, person_id: str) -> PersonRow:
        """Let a person in again, with the roles that they had; their tokens stay gone."""
        row = self.find(actor, person_id, "disable")
        self.check_below(actor, row)
        done = self.deed(actor, "person.enable", row)
        store.change_person(self._database, person_id, done, disabled=None, heir=None)
        self.on_change()
        return self.row(person_id)

    def roles(self, actor: Actor) -> list[RoleRow]:
        """Return every role template with its rights as they hold here."""
        allow(actor, "role", "read")
        held = [role for roles in store.all_roles(self._database).values() for role in roles]
        changes = store.right_changes(self._database)
        return [
            RoleRow(
                id=role.id,
                title=role.title,
                about=role.about,
                for_client=role.for_client,
                people=held.count(role.id),
                rights=self.people.rights_with([role.id]),
                changed=tuple(changes.get(f"role:{role.id}", ())),
            )
            for role in self.people.policy.roles.values()
        ]

    def edit_role(
        self,
        actor: Actor,
        role: str,
        resource: str,
        verb: str,
        scope: Scope | None,
        inherit: bool = False,
    ) -> None:
        """Change a role template; everybody who holds it has the change at their next request."""
        allow(actor, "role", "edit")
        if role not in self.people.policy.roles:
            raise missing("role", role, "See Settings → Roles.")
        if role == store.OWNER_ROLE:
            raise Refused(refusals.owner_is_fixed())
        pair = self._pair(resource, verb)
        right = f"{resource}.{verb}: {'as shipped' if inherit else scope or 'none'}"
        done = deed(actor, self._clock.now(), "role.edit", role, right=right)
        store.change_right(self._database, f"role:{role}", pair, scope, inherit, done)
        self.on_change()

    def list(self, actor: Actor) -> list[PersonRow]:
        """Return the people whom the actor may see."""
        scope = allow(actor, "person", "read")
        roles = store.all_roles(self._database)
        rows = store.all_people(self._database)
        return [self._row(row, roles.get(row.id, ())) for row in rows if near(actor, scope, row)]

    def find(self, actor: Actor, person_id: str, verb: str) -> Any:
        """Return a person's row, if the actor may do this with them; else there is none."""
        scope = allow(actor, "person", verb)
        row = store.find_person(self._database, person_id)
        if row is None or not near(actor, scope, row):
            raise missing("person", person_id, "See `nexus people list`.")
        return row

    def deed(self, actor: Actor, action: str, row: Any, **meta: Any) -> Deed:
        """Return what the actor does to this person."""
        return deed(actor, self._clock.now(), action, row.id, name=row.name, **meta)

    def check_below(self, actor: Actor, row: Any) -> None:
        """Refuse to touch somebody who may do more than the actor."""
        if covers(self._held(actor), self.people.rights_of(row.id)):
            self.people.turned_away.refuse(actor, row.id, refusals.above(actor, row.name))

    def check_grant(self, actor: Actor, roles: Sequence[str], client: str | None) -> None:
        """Refuse roles that are unknown, do not fit the client, or go beyond the actor's own.

        Raises:
            Refused: With what is wrong.
        """
        known = self.people.policy.roles
        for role in roles:
            if role not in known:
                raise Refused(refusals.unknown_role(role, known))
        if not roles:
            raise Refused(refusals.no_role())
        if any(known[role].for_client != (client is not None) for role in roles):
            raise Refused(refusals.mixed())
        if actor.client is not None and client != actor.client:
            raise Refused(refusals.other_client())
        self._check_within(actor, self.people.rights_with(roles))

    def _check_within(self, actor: Actor, wanted: Mapping[Pair, Right]) -> None:
        beyond = covers(self._held(actor), wanted)
        if beyond:
            self.people.turned_away.refuse(actor, actor.id, refusals.beyond(actor, beyond))

    def _held(self, actor: Actor) -> Mapping[Pair, Right]:
        """Return the actor's own rights: a token's scopes say what it does, not what it gives."""
        return actor.rights if actor.scopes is None else self.people.rights_of(actor.id)

    def _check_owner_keeps(self, person_id: str) -> None:
        if store.OWNER_ROLE in store.roles_of(self._database, person_id):
            raise Refused(refusals.owner_is_fixed())

    def _pair(self, resource: str, verb: str) -> Pair:
        if (resource, verb) not in self.people.policy.table:
            raise missing("right", f"{resource}.{verb}", "Settings → Roles lists them all.")
        return resource, verb

    def row(self, person_id: str) -> PersonRow:
        """Return a person as lists show them; whoever asks has checked that they may."""
        row = store.find_person(self._database, person_id)
        return self._row(row, store.roles_of(self._database, person_id))

    def _row(self, row: Any, roles: Sequence[str]) -> PersonRow:
        now = self._clock.now()
        terms = read_terms(self._database)
        open_ones = sessions.sessions_of(self._database, row.id, now, terms)
        has = {"password": row.password, "code app": row.totp}
        keys = sessions.passkeys_of(self._database, row.id)
        return PersonRow(
            id=row.id,
            name=row.name,
            email=row.email or "",
            roles=tuple(roles),
            team=row.team,
            client=row.client,
            state="disabled" if row.disabled else "active",
            created=row.created,
            seen=open_ones[0].seen if open_ones else None,
            factors=(*(name for name, kept in has.items() if kept), *["passkey"][: len(keys)]),
        )


def near(actor: Actor, scope: Scope, row: Any) -> bool:
    """Say whether a person lies within a scope of the actor's."""
    return reaches(actor, scope, owner=row.id, team=row.team, client=row.client)


def right_row(pair: Pair, right: Right, changed: bool) -> RightRow:
    """Return a right as pages show it."""
    resource, verb = pair
    return RightRow(
        resource=resource,
        verb=verb,
        scope=right.scope,
        step_up=right.step_up,
        why=right.why,
        changed=changed,
    )
