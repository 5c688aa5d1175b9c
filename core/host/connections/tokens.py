"""OAuth 2 tokens: had, renewed by one at a time, and kept sealed."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from nexus.core.clock import SECOND
from nexus.core.host.connections.keeping import ACCESS, REFRESH, Keeping, fill, grant, open_values
from nexus.core.host.manifest import ConnectionKind
from nexus.core.model.deed import Deed
from nexus.core.sdk import BadConnection, Refuse, Retry
from nexus.core.store import connections as store

EARLY = 60 * SECOND  # a token is renewed this long before it ends
LEASE = 40 * SECOND
LONGEST = 365 * 24 * 3600
PATIENCE = 0.05
FINAL = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "access_denied"})
Form = dict[str, str]


class Tokens:
    """Asks a connection's token endpoint."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    async def access(self, id_: str, force: bool = False) -> str:
        """Return a token that holds, renewed when it nears its end.

        Raises:
            BadConnection: Consent is missing, withdrawn or over.
            Retry: The provider is away.
        """
        stale = ""
        while True:
            row, opened, expires = await asyncio.to_thread(self._look, id_)
            token = opened.get(ACCESS, "")
            now = self._keeping.clock.now()
            holds = expires is None or expires - EARLY > now
            if token and holds and not (force and stale in ("", token)):
                return token
            stale = stale or token
            until = now + LEASE
            lease = (self._keeping.database, id_, row.renewals, now, until)
            if await asyncio.to_thread(store.lease_renewal, *lease):
                return await self._renew(row, opened, until)
            await asyncio.sleep(PATIENCE)  # somebody renews it just now

    async def exchange(self, row: Any, code: str, verifier: str, redirect: str, done: Deed) -> None:
        """Trade a consent's code for tokens and keep them, and who consented.

        Raises:
            BadConnection: The provider does not take it.
            Retry: The provider is away.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        now = self._keeping.clock.now()
        until = now + LEASE
        while not store.lease_renewal(self._keeping.database, row.id, row.renewals, now, until):
            await asyncio.sleep(PATIENCE)
            row, now = store.by_id(self._keeping.database, row.id), self._keeping.clock.now()
            until = now + LEASE
        await self._take(row, form, until, done)

    def _look(self, id_: str) -> tuple[Any, dict[str, str], int | None]:
        row = store.by_id(self._keeping.database, id_)
        if row is None:
            raise BadConnection("The connection was removed.", code="connection_missing")
        ends = {one.field: one.expires for one in store.secrets_of(self._keeping.database, id_)}
        return row, self._keeping.secrets(row), ends.get(ACCESS)

    async def _renew(self, row: Any, opened: Mapping[str, str], until: int) -> str:
        kind = self._kind(row)
        if grant(kind, row) == "client_credentials":
            form = {"grant_type": "client_credentials"}
            if kind.oauth.get("scopes"):
                form["scope"] = fill(kind.oauth["scopes"], open_values(row))
        elif opened.get(REFRESH):
            form = {"grant_type": "refresh_token", "refresh_token": opened[REFRESH]}
        else:
            store.end_renewal(self._keeping.database, row.id, until, [], 0)
            words = "Nobody has connected it yet." if not opened.get(ACCESS) else "Its token ended."
            raise BadConnection(words, hint="Open the connection and choose Connect.")
        return await self._take(row, form, until)

    async def _take(self, row: Any, form: Form, until: int, done: Deed | None = None) -> str:
        """Ask for tokens and keep them; the lease ends in any case."""
        kept: list[store.Sealed] = []
        keeping = self._keeping
        try:
            answer = await self._ask(row, form)
            keeping.redactor.learn([str(answer[name]) for name in TOKEN_NAMES if answer.get(name)])
            with keeping.vault.turning:
                kept = self._seal(row, answer)
                now = keeping.clock.now()
                store.end_renewal(keeping.database, row.id, until, kept, now, done)
            return str(answer["access_token"])
        finally:
            if not kept:
                store.end_renewal(keeping.database, row.id, until, [], 0)

    def _seal(self, row: Any, answer: Mapping[str, Any]) -> list[store.Sealed]:
        """Seal what came; a provider that rotates sends a new refresh token, else the old holds."""
        ends = _ends(answer.get("expires_in"), self._keeping.clock.now())
        kept = [self._keeping.seal(row.id, ACCESS, str(answer["access_token"]), ends)]
        if answer.get("refresh_token"):
            kept.append(self._keeping.seal(row.id, REFRESH, str(answer["refresh_token"])))
        return kept

    async def _ask(self, row: Any, form: Form) -> dict[str, Any]:
        kind, values = self._kind(row), self._keeping.values(row)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        }
        sending = dict(form)
        if kind.oauth.get("client_auth") == "basic":
            headers["authorization"] = _basic(values)
        else:
            sending |= {name: str(values[name]) for name in CLIENT if values.get(name)}
        manifest = self._keeping.catalog.manifest(row.module)
        hosts = manifest.hosts if manifest else ()
        client = self._keeping.http.bind(row.id, msgspec.json.decode(row.allow), hosts)
        url = fill(kind.oauth["token_url"], values)
        answer = await client.send("POST", url, headers=headers, body=urlencode(sending).encode())
        return _judge(answer.status, answer.body, url)

    def _kind(self, row: Any) -> ConnectionKind:
        kind = self._keeping.kind(row)
        if kind is None:
            words = f"The module {row.module} is not active."
            raise BadConnection(words, code="connection_broken")
        return kind


CLIENT = ("client_id", "client_secret")
TOKEN_NAMES = ("access_token", "refresh_token", "id_token")


def _ends(seconds: Any, now: int) -> int | None:
    try:
        return now + min(int(float(seconds)), LONGEST) * SECOND
    except (TypeError, ValueError, OverflowError):
        return None


def _judge(status: int, body: bytes, url: str) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        said = None
    answer: dict[str, Any] = said if isinstance(said, dict) else {}
    if status == 200 and isinstance(answer.get("access_token"), str) and answer["access_token"]:
        return answer
    host = urlsplit(url).hostname
    if status >= 500 or status in (408, 429):
        raise Retry(f"{host} answered {status} when asked for a token.", sent=False)
    error = str(answer.get("error", ""))[:80]
    more = str(answer.get("error_description", ""))[:200]
    words = f"{host} gives no token ({error or status}{f', {more}' if more else ''})."
    if error in FINAL or status == 401:
        raise BadConnection(words, hint="Open the connection and connect it again.")
    raise Refuse(words, code="no_token", hint="Check the client and the scopes.", sent=False)


def _basic(values: Mapping[str, Any]) -> str:
    pair = ":".join(quote(str(values.get(name) or ""), safe="") for name in CLIENT)
    return "Basic " + base64.b64encode(pair.encode()).decode()


def challenge(verifier: str) -> str:
    """Return the PKCE challenge (S256) of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorize_url(
    kind: ConnectionKind, values: Mapping[str, Any], state: str, verifier: str, redirect: str
) -> str:
    """Return where a person is sent to consent."""
    asked = {
        "response_type": "code",
        "client_id": str(values.get("client_id", "")),
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    scopes = fill(kind.oauth.get("scopes", ""), values)
    if scopes:
        asked["scope"] = scopes
    base = fill(kind.oauth["authorize_url"], values)
    return f"{base}{'&' if '?' in base else '?'}{urlencode(asked)}"


def make_secret() -> str:
    """Return a text that nobody can guess, as PKCE and `state` want one."""
    return secrets.token_urlsafe(48)
