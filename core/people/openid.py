"""Speak OpenID Connect: Authlib for any provider, msal for Entra ID. Loaded at the first use.

Every request leaves through the guarded session; every ID token is verified here.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import msal
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from nexus.core.http.session import GuardedSession
from nexus.core.model.problem import Problem, Refused
from nexus.core.people.sso import Claims, Provider
from nexus.core.sdk import Trouble

SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "PS256", "ES256"]
LEEWAY = 60
GROUPS = ("groups", "roles")


class _Guarded(OAuth2Session):  # type: ignore[misc]  # Authlib is untyped
    """Authlib's session, which leaves the house as ours does."""

    def __init__(self, allow: Any, **more: Any) -> None:
        super().__init__(**more)
        self.trust_env = False
        ours = GuardedSession(allow)
        for prefix in ("https://", "http://"):
            self.mount(prefix, ours.get_adapter(prefix))


class OpenId:
    """Any provider that has a discovery document."""

    def __init__(self, provider: Provider, secret: str) -> None:
        self._provider = provider
        self._secret = secret
        self._web = GuardedSession(provider.allow)

    def begin(self, back: str) -> tuple[str, dict[str, Any]]:
        """Return the provider's page, and what to remember until the browser is back."""
        about = self._about()
        nonce, verifier = secrets.token_urlsafe(24), generate_token(64)
        url, state = self._session(back).create_authorization_url(
            about["authorization_endpoint"], nonce=nonce, code_verifier=verifier
        )
        return url, {"state": state, "nonce": nonce, "verifier": verifier, "back": back}

    def finish(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> Claims:
        """Fetch the tokens and return what the verified ID token says."""
        if not secrets.compare_digest(answer.get("state", ""), flow["state"]):
            raise Refused(_refused("the answer belongs to another question"))
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise Refused(_refused("the answer comes from another provider"))
        if "code" not in answer:
            raise Refused(_refused(answer.get("error", "it sent no code")))
        about = self._about()
        try:
            tokens = self._session(flow["back"]).fetch_token(
                about["token_endpoint"], code=answer["code"], code_verifier=flow["verifier"]
            )
        except (OAuthError, requests.RequestException, Trouble) as error:
            raise Refused(_refused(_short(error))) from None
        return self._verify(about, tokens.get("id_token", ""), flow["nonce"])

    def _verify(self, about: Mapping[str, Any], token: str, nonce: str) -> Claims:
        found: Any = self._get(about["jwks_uri"])
        keys = KeySet.import_key_set(found)
        rules = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            said = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            rules.validate(said)
        except (JoseError, ValueError) as error:
            raise Refused(_refused(f"its token does not hold ({_short(error)})")) from None
        if said.get("azp", self._provider.client_id) != self._provider.client_id:
            raise Refused(_refused("its token was made for somebody else"))
        return read_claims(said, verified=said.get("email_verified") is True)

    def _about(self) -> dict[str, Any]:
        base = self._provider.issuer.rstrip("/")
        about = self._get(f"{base}/.well-known/openid-configuration")
        if about.get("issuer") != self._provider.issuer:
            raise Refused(_refused("it calls itself by another name"))
        return about

    def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = self._web.get(url)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError, Trouble) as error:
            raise Refused(_refused(_short(error))) from None
        return found if isinstance(found, dict) else {}

    def _session(self, back: str) -> Any:
        return _Guarded(
            self._provider.allow,
            client_id=self._provider.client_id,
            client_secret=self._secret,
            scope=SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
        )


class Entra:
    """Microsoft Entra ID, by its own library."""

    def __init__(self, provider: Provider, secret: str) -> None:
        own = provider.issuer.startswith("https://login.microsoftonline.com/")
        place = {"authority": provider.issuer} if own else {"oidc_authority": provider.issuer}
        try:
            self._app = msal.ConfidentialClientApplication(
                provider.client_id,
                client_credential=secret,
                http_client=GuardedSession(provider.allow),
                **place,
            )
        except (ValueError, requests.RequestException, Trouble) as error:
            raise Refused(_refused(_short(error))) from None

    def begin(self, back: str) -> tuple[str, dict[str, Any]]:
        """Return the provider's page, and what to remember until the browser is back."""
        flow = self._app.initiate_auth_code_flow(["email"], redirect_uri=back)
        if "auth_uri" not in flow:
            raise Refused(_refused(str(flow.get("error", "it gave no address"))))
        return flow["auth_uri"], flow

    def finish(self, flow: Mapping[str, Any], answer: Mapping[str, str]) -> Claims:
        """Fetch the tokens and return what the ID token says."""
        try:
            found = self._app.acquire_token_by_auth_code_flow(dict(flow), dict(answer))
        except (ValueError, requests.RequestException, Trouble) as error:
            raise Refused(_refused(_short(error))) from None
        said = found.get("id_token_claims")
        if not said:
            raise Refused(_refused(str(found.get("error", "it sent no ID token"))))
        # Entra lets tenants write any address; only this claim says that it was verified.
        return read_claims(said, verified=said.get("xms_edov") in (True, "1", 1))


def read_claims(said: Mapping[str, Any], *, verified: bool) -> Claims:
    """Return what we use of an ID token."""
    groups = [one for name in GROUPS for one in _texts(said.get(name))]
    return Claims(
        subject=str(said.get("oid") or said["sub"])[:300],
        name=str(said.get("name") or "")[:200],
        email=str(said.get("email") or "").strip().lower()[:254],
        verified=verified,
        groups=tuple(groups),
    )


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _refused(why: str) -> Problem:
    return Problem(
        code="provider_refused",
        title=f"The sign-in provider could not be used: {why}.",
        status=401,
        hint="Begin again; if it stays, an owner looks at Settings → People → Single sign-on.",
    )


SPEAKERS = {"oidc": OpenId, "entra": Entra}
