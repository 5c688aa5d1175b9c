"""Encode, decode and fingerprint."""

import base64
import binascii
import hashlib
from typing import Literal

import msgspec

from nexus import Context, action
from nexus.plugins.data.bounds import Text, bad, bounded
from nexus.plugins.data.texts import Made


class Fingerprint(msgspec.Struct):
    """A fingerprint.

    Attributes:
        hash: The fingerprint, in hexadecimal digits.
    """

    hash: str


@action(effect="pure", title="Encode as base64", icon="code", sample={"text": "SGk="})
def to_base64(context: Context, text: Text, for_urls: bool = False) -> Made:
    """Write a text as base64.

    Args:
        text: The text.
        for_urls: Use - and _ instead of + and /.
    """
    encode = base64.urlsafe_b64encode if for_urls else base64.b64encode
    return Made(text=bounded(encode(text.encode()).decode()))


@action(effect="pure", title="Decode base64", icon="code", sample={"text": "Hi"})
def from_base64(context: Context, text: Text) -> Made:
    """Read a text that was written as base64, of either kind.

    Args:
        text: The base64; space and line breaks in it do not matter.
    """
    bare = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        return Made(text=raw.decode())
    except binascii.Error:
        raise bad("bad_base64", "This is no base64.") from None
    except UnicodeDecodeError:
        raise bad("not_text", "What this holds is no text, but other data.") from None


@action(effect="pure", title="Fingerprint", icon="hash", sample={"hash": "3639efcd08abb273"})
def hash_(
    context: Context, text: Text, kind: Literal["sha256", "sha512", "sha1", "md5"] = "sha256"
) -> Fingerprint:
    """Take the fingerprint of a text, to know it again.

    Args:
        text: The text.
        kind: Which fingerprint. sha1 and md5 are for services that ask for them, never for safety.
    """
    return Fingerprint(hash=hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest())
