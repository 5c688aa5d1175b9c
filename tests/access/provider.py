"""A small OpenID provider on 127.0.0.1: discovery, keys, codes with PKCE, RS256 tokens."""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import parse_qs, urlencode, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "nexus", "s3cret-of-the-client"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


class Provider:
    """Says of everybody who comes what `claims` holds. `spoil` changes a token's claims."""

    def __init__(self, certificate: str = "") -> None:
        self.key = self.signing = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.claims = {"sub": "u-1", "name": "Una", "email": "una@example.com"}
        self.spoil: dict[str, object] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.server = make_server("127.0.0.1", 0, self, handler_class=Quiet)
        if certificate:  # msal speaks to nothing but https
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        tenant = "/tenant" if certificate else ""
        self.issuer = f"{scheme}://127.0.0.1:{self.server.server_port}{tenant}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __call__(self, environ, start):
        path = environ["PATH_INFO"]
        if path.endswith("/token"):
            size = int(environ.get("CONTENT_LENGTH") or 0)
            status, said = self.token(environ, parse_qs(environ["wsgi.input"].read(size).decode()))
        else:
            status, said = "200 OK", self.about() if "openid" in path else self.keys()
        start(status, [("Content-Type", "application/json")])
        return [json.dumps(said).encode()]

    def about(self):
        places = {"authorization": "authorize", "token": "token"}
        found = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in places.items()}
        return found | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}

    def keys(self):
        return {"keys": [self.key.as_dict(private=False)]}

    def visit(self, url: str) -> str:
        """Do as a person at the provider's page: say yes. Returns where the browser goes next."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(12)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(back)}"

    def token(self, environ, form):
        asked = self.codes.pop(form.get("code", [""])[0], None)
        proof = hashlib.sha256(form.get("code_verifier", [""])[0].encode()).digest()
        fits = asked and base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        if not fits or fits != asked["code_challenge"] or not self.known(environ, form):
            return "400 Bad Request", {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} | self.claims | self.spoil
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signing)
        return "200 OK", {"access_token": "a", "token_type": "Bearer", "id_token": token}

    def known(self, environ, form) -> bool:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        posted = form.get("client_secret") == [SECRET]
        return posted or environ.get("HTTP_AUTHORIZATION") == f"Basic {basic}"


def certificate() -> bytes:
    """Return a key and the certificate of 127.0.0.1 that it signed itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(pem, *private) + made.public_bytes(pem)
