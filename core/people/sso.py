"""Sign-in by another company's page: Entra ID (msal) and every OpenID provider (Authlib).

A provider's groups stand for roles here. What a provider says about an address counts only when
it says that it has verified it.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from nexus.core.clock import SECOND
from nexus.core.model.actor import Actor
from nexus.core.model.deed import Deed, deed
from nexus.core.model.problem import Problem, Refused, missing
from nexus.core.people.members import Members
from nexus.core.people.policy import allow
from nexus.core.store import people as store
from nexus.core.store import sessions, settings
from nexus.core.store.vault import Vault

SETTING = "sso"
PURPOSE = "sso"
LIFE = 600 * SECOND
KINDS = ("entra", "oidc")


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A provider of identities. `groups` maps what it calls a group to a role here.

    `allow` opens private networks for a provider inside the house. The secret is sealed.
    """

    id: str
    title: str
    kind: str
    issuer: str
    client_id: str
    sealed: str
    groups: Mapping[str, str] = field(default_factory=dict)
    allow: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider said about somebody."""

    subject: str
    name: str
    email: str
    verified: bool
    groups: tuple[str, ...]


class SingleSignOn:
    """Everything about other companies' sign-in pages."""

    def __init__(
        self,
        members: Members,
        vault: Vault,
        learn: Callable[[Iterable[str]], None] = lambda secrets: None,
    ) -> None:
        self._learn = learn
        self._members = members
        self._database = members.people.database
        self._clock = members.people.clock
        self._vault = vault

    def providers(self) -> list[Provider]:
        """Return every provider; the sign-in page shows a button for each."""
        kept = settings.read_setting(self._database, SETTING) or []
        sealed = settings.read_secrets(self._database)
        return [
            msgspec.convert({**one, "sealed": sealed.get(one["id"], "")}, Provider) for one in kept
        ]

    def list(self, actor: Actor) -> list[Provider]:
        """Return every provider; nobody reads the secrets."""
        allow(actor, "sso", "read")
        return self.providers()

    def set(self, actor: Actor, provider: Mapping[str, Any], secret: str) -> Provider:
        """Keep a provider; without a secret the one of before stays, unless the issuer changes.

        Raises:
            Refused: A value does not fit.
        """
        allow(actor, "sso", "set")
        known = {one.id: one for one in self.providers()}
        before = known.get(provider["id"])
        same = before is not None and before.issuer == provider["issuer"]
        if not secret and not same:
            raise Refused(_no_secret())
        sealed = self._vault.seal(secret, f"sso:{provider['id']}") if secret else ""
        made = Provider(**provider, sealed=sealed or (before.sealed if before else ""))
        self._check(made)
        known[made.id] = made
        self._learn([secret] if secret else [])
        self._keep(known.values(), self._deed(actor, made.id, "set"))
        return made

    def remove(self, actor: Actor, provider_id: str) -> None:
        """Forget a provider; whoever came by it keeps their account."""
        allow(actor, "sso", "set")
        kept = [one for one in self.providers() if one.id != provider_id]
        self._keep(kept, self._deed(actor, provider_id, "removed"))

    def begin(self, provider_id: str, back: str) -> tuple[str, str]:
        """Return where to send the browser, and what its cookie has to hold meanwhile."""
        provider = self._find(provider_id)
        url, flow = self._speaker(provider).begin(back)
        cookie = secrets.token_urlsafe(32)
        kept = {"provider": provider.id, "flow": flow}
        expires = self._clock.now() + LIFE
        sessions.add_link(self._database, cookie, PURPOSE, None, expires, kept)
        return url, cookie

    def finish(self, cookie: str, answer: Mapping[str, str], ip: str = "") -> str:
        """Return the id of the person whom the provider sent back.

        Raises:
            Refused: The answer is not one to our question, or nobody here is meant (401, 403).
        """
        row = sessions.take_link(self._database, cookie, PURPOSE, self._clock.now())
        if row is None:
            raise Refused(_not_begun())
        kept = msgspec.json.decode(row.data)
        provider = self._find(kept["provider"])
        with self._members.people.turned_away.noting(provider.id, ip):
            claims = self._speaker(provider).finish(kept["flow"], answer)
            return self._person(provider, claims)

    def _person(self, provider: Provider, claims: Claims) -> str:
        roles = sorted({provider.groups[one] for one in claims.groups if one in provider.groups})
        known = store.find_identity(self._database, provider.issuer, claims.subject)
        known = known or self._by_address(provider, claims)
        if provider.groups and not roles:
            raise Refused(_no_group(provider))
        if known is None:
            return self._new(provider, claims, roles)
        row = store.find_person(self._database, known)
        if row is None or row.disabled:
            raise Refused(_no_group(provider))
        if roles and roles != [*store.roles_of(self._database, known)]:
            by = self._members.people.somebody(known, provider.title)
            done = self._members.deed(by, "person.roles", row, roles=", ".join(roles))
            store.set_roles(self._database, known, roles, row.client, done)
            self._members.on_change()
        return known

    def _by_address(self, provider: Provider, claims: Claims) -> str | None:
        """Return the person with this address, when the provider has verified it."""
        row = store.find_by_email(self._database, claims.email) if claims.email else None
        if row is None:
            return None
        if not claims.verified:
            raise Refused(_unverified(claims.email))
        store.bind_identity(self._database, provider.issuer, claims.subject, row.id)
        return str(row.id)

    def _new(self, provider: Provider, claims: Claims, roles: Sequence[str]) -> str:
        if not roles:
            raise Refused(_no_group(provider))
        values = {
            "id": f"prs_{secrets.token_hex(8)}",
            "name": claims.name or claims.email or claims.subject,
            "email": claims.email or None,
            "created": self._clock.now(),
        }
        who = self._members.people.somebody(str(values["id"]), str(values["name"]))
        done = deed(who, self._clock.now(), "person.join", who.id, how=provider.title)
        store.add_person(self._database, values, roles, done)
        store.bind_identity(self._database, provider.issuer, claims.subject, str(values["id"]))
        return str(values["id"])

    def _speaker(self, provider: Provider) -> Any:
        from nexus.core.people import openid  # noqa: PLC0415 - heavy, first use

        secret = self._vault.open(provider.sealed, f"sso:{provider.id}")
        return openid.SPEAKERS[provider.kind](provider, secret)

    def _find(self, provider_id: str) -> Provider:
        found = next((one for one in self.providers() if one.id == provider_id), None)
        if found is None:
            raise missing("sign-in provider", provider_id)
        return found

    def _keep(self, providers: Iterable[Provider], done: Deed) -> None:
        rows = [asdict(one) for one in providers]
        sealed = {row["id"]: row.pop("sealed") for row in rows}
        settings.write_providers(self._database, SETTING, rows, sealed, done)

    def _deed(self, actor: Actor, provider_id: str, what: str) -> Deed:
        return deed(actor, self._clock.now(), "sso.set", provider_id, what=what)

    def _check(self, provider: Provider) -> None:
        roles = self._members.people.policy.roles
        wrong = [role for role in provider.groups.values() if role not in roles]
        wrong += [
            role for role in provider.groups.values() if role in roles and roles[role].for_client
        ]
        if wrong:
            raise Refused(_bad("groups", f"{wrong[0]!r} is no role of the staff"))
        if provider.kind not in KINDS:
            raise Refused(_bad("kind", f"it is one of {', '.join(KINDS)}"))
        if not provider.issuer.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise Refused(_bad("issuer", "it begins with https://"))


def _bad(what: str, why: str) -> Problem:
    return Problem(code="bad_provider", title=f"The provider's {what} does not fit: {why}.")


def _no_secret() -> Problem:
    return Problem(
        code="secret_needed",
        title="The client secret is needed.",
        hint="A new provider, or one whose issuer changed, needs its secret again.",
    )


def _not_begun() -> Problem:
    return Problem(
        code="not_begun",
        title="This sign-in was not begun in this browser, or took too long.",
        status=401,
        hint="Go back to the sign-in page and begin again.",
    )


def _no_group(provider: Provider) -> Problem:
    return Problem(
        code="no_account",
        title=f"{provider.title} knows you, but you have no account here.",
        status=403,
        hint="Ask an owner or admin to invite you.",
    )


def _unverified(email: str) -> Problem:
    return Problem(
        code="unverified_address",
        title=f"The provider has not verified that {email} is yours.",
        status=403,
        hint="Sign in another way.",
    )
