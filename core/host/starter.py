"""The files of a new module, as templates (`$id`, `$name`, `$package`)."""

MANIFEST = """\
id: $id
name: $name
version: 0.1.0
nexus: ">=0.1, <1"
summary: Say in one sentence what a flow can do with $name.
publisher: You
icon: box
family: it
actions: [greet]
triggers: [received]
connections:
  account:
    title: $name account
    help: Where your account's address and key are found.
    fields:
      type: object
      additionalProperties: false
      required: [base_url, key]
      properties:
        base_url:
          type: string
          format: uri
          title: Address
        key:
          type: string
          title: Key
          x-secret: true
permissions:
  hosts: []
  effects: [pure]
"""

INIT = '''\
"""$name: say in one line what it connects to."""

from nexus import Offer
from $package import actions, triggers


def nexus_module() -> list[Offer]:
    """Return what this module offers."""
    return [actions.greet, triggers.received]
'''

ACTIONS = '''\
"""What flows can do with $name."""

import msgspec

from nexus import Context, action


class Greeting(msgspec.Struct):
    """A greeting.

    Attributes:
        text: What to say.
    """

    text: str


@action(effect="pure", sample={"text": "Hello, Ada!"})
def greet(context: Context, name: str) -> Greeting:
    """Make a greeting; replace this by what your service does.

    Args:
        name: Whom to greet.
    """
    return Greeting(text=f"Hello, {name}!")
'''

TRIGGERS = '''\
"""What may start a flow."""

import msgspec

from nexus import Event, Hook, Scheme, trigger

HOOK = Hook(
    name="$id",
    scheme=Scheme(kind="hmac", header="X-Signature", algorithm="sha256"),
    type="$id.{body:type}",
    dedupe=("body:id",),
)


class Received(msgspec.Struct):
    """What the service sends.

    Attributes:
        id: The delivery's own id.
        type: What happened.
    """

    id: str
    type: str


@trigger(hook=HOOK, data=Received, sample={"id": "1", "type": "order.created"})
def received(event: Event) -> bool:
    """Start for whatever the service sends."""
    return True
'''

TEST = '''\
"""$name: what its actions give and when its triggers start."""

from $package import actions, triggers

from nexus import Context, Event


def test_it_greets_by_name():
    assert actions.greet(Context(key="k"), name="Ada").text == "Hello, Ada!"


def test_it_starts_for_whatever_the_service_sends():
    event = Event(
        id=1,
        source="/hooks",
        type="$id.order.created",
        subject="",
        time=0,
        received=0,
        data={"id": "1", "type": "order.created"},
    )

    assert triggers.received(event)
'''

CONFTEST = '''\
"""Let the tests import the module from its folder, before it is installed."""

from pathlib import Path

from nexus.core.host.load import import_place, place_of

import_place(place_of(Path(__file__).parent.parent))
'''

PROJECT = """\
[build-system]
requires = ["setuptools>=80"]
build-backend = "setuptools.build_meta"

[project]
name = "nexus-plugin-$dashed"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["msgspec"]

[project.entry-points."nexus.modules"]
$id = "$package"

[tool.setuptools]
packages = ["$package"]
package-dir = {$package = "."}

[tool.setuptools.package-data]
$package = ["module.yaml"]
"""
