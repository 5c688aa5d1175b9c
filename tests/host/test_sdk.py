"""A typed function is all that an action needs: form, schema, checks and help come from it."""

import asyncio
import json
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import Context, Event, Hook, NeedsPerson, Refuse, Retry, Trouble, action, trigger
from nexus.core.sdk.schema import read_doc, schema_of


class Line(msgspec.Struct):
    """One line of an invoice.

    Attributes:
        text: What was sold.
        amount: Its price in cents.
    """

    text: str
    amount: Annotated[int, msgspec.Meta(ge=0)]


class Invoice(msgspec.Struct):
    """An invoice."""

    id: str
    lines: list[Line]


class Tree(msgspec.Struct):
    children: list["Tree"] = []


@action(
    effect="money",
    idempotency="key",
    icon="receipt",
    family="money",
    timeout=5,
    uses="account",
    sample={"id": "in_1", "lines": []},
)
async def create_invoice(
    ctx: Context,
    customer: Annotated[str, msgspec.Meta(min_length=3, description="Whom to bill.")],
    lines: list[Line],
    due: int = 14,
    tags: list[str] = ["new"],  # noqa: B006 - a default that must not be shared
    from_: Literal["shop", "office"] | None = None,
) -> Invoice:
    """Create an invoice.

    It is not sent yet.

    Args:
        customer: Not used, the annotation says it.
        lines: What to bill,
            line by line.
        due: Days until it is due.
        from_: Who bills.
    """
    tags.append(ctx.key)
    return Invoice(id=f"{customer}:{due}:{','.join(tags)}:{from_}", lines=lines)


@action(effect="pure")
def double(ctx: Context, n: int) -> int:
    """Double a number."""
    return n * 2


@pytest.fixture
def invoice():
    return create_invoice.offer("billing", icon="coins", family="data")


def test_an_action_says_of_itself_what_the_decorator_and_the_docstring_say(invoice):
    assert invoice.name == "billing.create_invoice"
    assert invoice.title == "Create invoice"
    assert invoice.help == "Create an invoice.\n\nIt is not sent yet."
    assert (invoice.effect, invoice.idempotency) == ("money", "key")
    assert (invoice.icon, invoice.family) == ("receipt", "money")
    assert (invoice.timeout, invoice.uses, invoice.is_async) == (5_000_000, "account", True)
    assert invoice.module == "billing"


def test_what_an_action_does_not_say_its_module_fills_in():
    plain = double.offer("sums", icon="calculator", family="data")

    assert (plain.icon, plain.family, plain.timeout) == ("calculator", "data", 30_000_000)
    assert (plain.is_async, plain.idempotency, plain.uses) == (False, "natural", "")


def test_the_form_comes_from_the_signature(invoice):
    form = invoice.input

    assert form["required"] == ["customer", "lines"]
    assert form["additionalProperties"] is False
    assert list(form["properties"]) == ["customer", "lines", "due", "tags", "from"]
    assert form["properties"]["customer"] == {
        "type": "string",
        "minLength": 3,
        "description": "Whom to bill.",
    }
    assert form["properties"]["lines"]["description"] == "What to bill, line by line."
    assert form["properties"]["due"]["default"] == 14
    assert form["properties"]["from"]["description"] == "Who bills."


def test_a_struct_is_written_out_with_its_fields_described(invoice):
    line = invoice.output["properties"]["lines"]["items"]

    assert "$ref" not in json.dumps(invoice.output)
    assert line["description"] == "One line of an invoice."
    assert line["properties"]["amount"] == {
        "type": "integer",
        "minimum": 0,
        "description": "Its price in cents.",
    }


def test_a_type_inside_itself_is_any_value_from_its_second_level_on():
    assert schema_of(Tree)["properties"]["children"]["items"] == {}


def test_a_call_takes_and_gives_plain_values(invoice):
    given_ = {"customer": "ada", "lines": [{"text": "tea", "amount": 250}], "from": "shop"}

    result = asyncio.run(invoice.call(Context(key="k1"), given_))

    assert result == {"id": "ada:14:new,k1:shop", "lines": [{"text": "tea", "amount": 250}]}


def test_a_default_is_never_shared_between_calls(invoice):
    for _ in range(2):
        result = asyncio.run(invoice.call(Context(key="k"), {"customer": "ada", "lines": []}))
        assert result["id"] == "ada:14:new,k:None"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "missing required field `customer`"),
        ({"customer": "ada", "lines": [], "more": 1}, "unknown field `more`"),
        ({"customer": 1, "lines": []}, r"customer: Expected `str`, got `int`"),
        ({"customer": "a", "lines": []}, "length >= 3"),
        ({"customer": "ada", "lines": [{"text": "tea"}]}, r"lines\[0\].*`amount`"),
        ({"customer": "ada", "lines": [], "due": "14"}, "due: Expected `int`, got `str`"),
    ],
)
def test_wrong_arguments_are_refused_by_name_before_anything_is_sent(invoice, arguments, words):
    with pytest.raises(Refuse, match=words) as caught:
        asyncio.run(invoice.call(Context(), arguments))

    assert caught.value.message.startswith("billing.create_invoice cannot take")
    assert (caught.value.code, caught.value.sent) == ("bad_arguments", False)


def test_a_result_that_is_no_plain_data_is_refused():
    @action(effect="pure")
    def wrong(ctx: Context) -> Any:
        """Return a thing."""
        return object()

    with pytest.raises(Refuse, match="not plain data") as caught:
        wrong.offer("m").call(Context(), {})
    assert caught.value.code == "bad_result"
    assert caught.value.sent is True  # whatever the action did, it did


def test_an_action_stays_the_function_it_is():
    assert double(Context(), 4) == 8
    assert double(Context(), n=4) == 8


def test_a_parameter_without_a_type_is_refused_when_the_module_loads():
    with pytest.raises(TypeError, match="argument url needs a type annotation"):

        @action(effect="read")
        def fetch(ctx: Context, url) -> str:
            """Fetch."""
            return url

    with pytest.raises(TypeError, match=r"name each argument instead of \*rest"):

        @action(effect="read")
        def gather(ctx: Context, *rest: str) -> str:
            """Gather."""
            return ""


HOOK = Hook(name="shop", scheme=None, type="shop.{body:type}")


@trigger(hook=HOOK, types=("shop.order.created",), data=Invoice, sample={"id": "1", "lines": []})
def order_created(event: Event, least: int = 0) -> bool:
    """Start for a new order.

    Args:
        least: Only orders of at least this.
    """
    return bool(event.data["amount"] >= least)


def event(type_: str, **data: Any) -> Event:
    return Event(id=1, source="s", type=type_, subject="", time=0, received=0, data=data)


def test_a_trigger_wants_its_types_by_its_settings():
    offered = order_created.offer("shop", icon="cart")

    assert (offered.name, offered.kind, offered.hook) == ("shop.order_created", "hook", HOOK)
    assert (offered.icon, offered.input["properties"]["least"]["default"]) == ("cart", 0)
    assert offered.output["properties"]["id"] == {"type": "string"}
    assert offered.wants(event("shop.order.created", amount=5), {})
    assert not offered.wants(event("shop.order.created", amount=5), {"least": 6})
    assert not offered.wants(event("shop.order.paid", amount=5), {})


def test_the_three_troubles_say_what_can_be_done():
    retry = Retry("Busy.", 5, code="rate_limited", sent=False)

    assert (retry.message, retry.after_seconds, retry.code, retry.sent) == (
        "Busy.",
        5,
        "rate_limited",
        False,
    )
    assert [kind("x").code for kind in (Retry, Refuse, NeedsPerson)] == [
        "try_again",
        "refused",
        "needs_person",
    ]
    assert all(issubclass(kind, Trouble) for kind in (Retry, Refuse, NeedsPerson))
    assert [kind("x").sent for kind in (Retry, Refuse, NeedsPerson)] == [None, False, None]


def test_a_context_keeps_lines_and_tells_the_time():
    context = Context(key="k")

    context.log("one")

    assert context.lines == ["one"]
    assert context.now() > 1_700_000_000_000_000


@given(st.text())
def test_any_docstring_is_read(text):
    assert isinstance(read_doc(text).text, str)


@given(st.integers(min_value=-(2**62), max_value=2**62))
def test_a_call_keeps_numbers_exact(n):
    assert double.offer("m").call(Context(), {"n": n}) == 2 * n
