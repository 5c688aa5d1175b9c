"""Names and types are checked when a flow is saved, from what actions and triggers declare."""

import pytest

from nexus.core.flow.check import check
from nexus.core.flow.read import read

GET = '{call: http.get, with: {url: "https://a"}}'


@pytest.mark.parametrize(
    ("steps", "code", "line", "column", "part"),
    [
        ('  - x: {set: "{{ evnt.id }}"}', "unknown_name", 4, 18, "Did you mean `event`?"),
        ('  - x: {set: "{{ event.dta }}"}', "unknown_field", 4, 24, "Did you mean `data`?"),
        ('  - x: {set: "{{ event.data.amout }}"}', "unknown_field", 4, 29, "`amount`"),
        ('  - x: {set: "{{ event.data.qqq }}"}', "unknown_field", 4, 29, "`data` has `action`"),
        ('  - x: {set: "{{ settings.a }}"}', "unknown_field", 4, 27, "no field `a`"),
        (
            '  - x: {set: "{{ event.data.labels.map(l, l.nam) }}"}',
            "unknown_field",
            4,
            45,
            "Did you mean `name`?",
        ),
        ("  - x: {set: 1, if: event.data.amount}", "wrong_type", 4, 32, "yes or no"),
        ("  - x: {set: 1, if: event.data.title > 3}", "wrong_type", 4, 21, "text with number"),
        ("  - x: {set: 1, if: event.data.title == 3}", "wrong_type", 4, 21, "never the same"),
        ("  - x: {set: 1, if: '{{ true }}'}", "bad_expression", 4, 22, "without {{ }}"),
        ('  - x: {set: "{{ event.data.title + 1 }}"}', "wrong_type", 4, 18, "string(…)"),
        ('  - x: {set: "{{ event.data.title * 2 }}"}', "wrong_type", 4, 18, "calculate text *"),
        ('  - x: {set: "{{ size(event.data.amount) }}"}', "wrong_type", 4, 34, "this is number"),
        ('  - x: {set: "{{ event.data.title.name }}"}', "wrong_type", 4, 35, "needs a map"),
        ('  - x: {set: "{{ event.data.labels.name }}"}', "wrong_type", 4, 36, "first(list)"),
        ('  - x: {set: "{{ event.data.amount[0] }}"}', "wrong_type", 4, 18, "list or a map"),
        ('  - x: {set: "{{ 1 in event.data.title }}"}', "wrong_type", 4, 18, "contains"),
        ('  - x: {set: "{{ -event.data.title }}"}', "wrong_type", 4, 18, "needs a number"),
        ('  - x: {set: "{{ !event.data.title }}"}', "wrong_type", 4, 30, "yes or no"),
        ('  - x: {set: "{{ siez([]) }}"}', "unknown_function", 4, 18, "Did you mean `size`?"),
        ('  - x: {set: "{{ 1 / 0 }}"}', "bad_expression", 4, 18, "Division by zero"),
        ("  - x: {set: 1, if: 1 / 0 > 2}", "bad_expression", 4, 21, "Division by zero"),
        ("  - x: {set: 1, if: event.data.amount % 0.0 > 2}", "bad_expression", 4, 21, "by zero"),
        ("  - x: {wait: 0s}", "bad_duration", 4, 15, "cannot be waited for"),
        ("  - x: {wait: -5m}", "bad_duration", 4, 15, "cannot be waited for"),
        ("  - x: {wait: {for: 0d0h}}", "bad_duration", 4, 21, "cannot be waited for"),
        (f"  - x: {GET[:-1]}, timeout: 0s}}", "bad_duration", 4, 51, "`0s` is no time at all"),
        ('  - x: {set: {a: [1, "x {{ nope }}"]}}', "unknown_name", 4, 28, "no `nope`"),
        ('  - x: {set: "{{ steps.x }}"}', "unreachable_step", 4, 24, "its own output"),
        (
            '  - x: {set: "{{ steps.y }}"}\n  - y: {set: 1}',
            "unreachable_step",
            4,
            24,
            "comes later",
        ),
        ('  - xy: {set: 1}\n  - y: {set: "{{ steps.xyz }}"}', "unknown_step", 5, 24, "`xy`"),
        (
            f'  - a: {GET}\n  - b: {{set: "{{{{ steps.a.statu }}}}"}}',
            "unknown_field",
            5,
            26,
            "Did you mean `status`?",
        ),
        (
            '  - a: {set: {n: 1}}\n  - b: {set: "{{ steps.a.m }}"}',
            "unknown_field",
            5,
            26,
            "`a` has `n`",
        ),
        (
            '  - a: {set: {n: 1}}\n  - b: {set: "{{ steps.a.n.startsWith(1) }}"}',
            "wrong_type",
            5,
            26,
            "needs text",
        ),
        (
            "  - l: {for: '{{ event.data.labels }}', do: [{in_l: {set: 1}}]}\n"
            '  - b: {set: "{{ steps.in_l }}"}',
            "unreachable_step",
            5,
            24,
            "`steps.l.items`",
        ),
        (
            '  - l: {for: "{{ [1] }}", do: [{b: {set: "{{ steps.l.count }}"}}]}',
            "unreachable_step",
            4,
            52,
            "not over yet",
        ),
        (
            "  - r: {switch: [{if: true, do: [{a: {set: 1}}]},"
            ' {else: , do: [{b: {set: "{{ steps.a }}"}}]}]}',
            "unreachable_step",
            4,
            85,
            "only one case runs",
        ),
        ('  - l: {for: "{{ event.data.title }}", do: []}', "wrong_type", 4, 15, "through a list"),
        ("  - l: {for: items, do: []}", "wrong_type", 4, 14, "{{ items }}"),
        ('  - l: {for: "{{ [1] }}", as: event, do: []}', "reserved_name", 4, 31, "`event`"),
        ('  - l: {for: "{{ [1] }}", as: a, at: a, do: []}', "reserved_name", 4, 38, "`at`"),
        (
            '  - l: {for: "{{ [1] }}", do: [{m: {for: "{{ [item] }}", do: []}}]}',
            "reserved_name",
            4,
            33,
            "another name with `as`",
        ),
        (
            "  - t: {try: [], catch: {do: [{u: {try: [], catch: {do: []}}}]}}",
            "reserved_name",
            4,
            32,
            "`error`",
        ),
        ('  - x: {set: "{{ run.version }}"}', "unknown_field", 4, 22, "`run` has `id`"),
        (
            "  - l: {for: '{{ event.data.labels }}', as: one, do: [{b: {set: '{{ one.nme }}'}}]}",
            "unknown_field",
            4,
            73,
            "`name`",
        ),
        ('  - x: {set: "{{ item }}"}', "unknown_name", 4, 18, "no `item`"),
        (
            "  - t: {try: [], catch: {do: [{b: {set: '{{ error.mesage }}'}}]}}",
            "unknown_field",
            4,
            51,
            "`message`",
        ),
        ("  - w: {wait: soon}", "bad_duration", 4, 15, "a duration such as"),
        ("  - w: {wait: {until: soon}}", "bad_duration", 4, 23, "a moment such as"),
        (
            '  - w: {wait: {for: "{{ event.data.amount }}"}}',
            "wrong_type",
            4,
            22,
            "cannot be number",
        ),
        (
            '  - w: {raise: {code: no, message: "{{ nope }}"}}',
            "unknown_name",
            4,
            40,
            "no `nope`",
        ),
        ("  - x: {call: http.pots}", "unknown_action", 4, 15, "Did you mean `http.post`?"),
        ("  - x: {call: stripe.charge}", "inactive_module", 4, 15, "`stripe`"),
        ("  - x: {call: http.get}", "missing_argument", 4, 5, "`url`"),
        (
            "  - x: {call: http.get, with: {url: a, ulr: b}}",
            "unknown_argument",
            4,
            45,
            "Did you mean `url`?",
        ),
        ("  - x: {call: http.get, with: {url: 5}}", "wrong_type", 4, 37, "text is expected"),
        (
            "  - x: {call: http.get, with: {url: '{{ event.data.amount }}'}}",
            "wrong_type",
            4,
            38,
            "this is number",
        ),
        (
            "  - x: {call: http.post, with: {url: a, tries: 9}}",
            "wrong_value",
            4,
            48,
            "9 is greater than the maximum of 3",
        ),
        (
            "  - x: {call: http.post, with: {url: a, to: {name: '{{ event.data.amount }}'}}}",
            "wrong_type",
            4,
            45,
            "`name`",
        ),
        (
            "  - x: {call: http.post, with: {url: a, to: {nam: '{{ event.data.title }}'}}}",
            "wrong_type",
            4,
            45,
            "`nam`",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(problems, said, steps, code, line, column, part):
    assert problems(steps) == [(code, line, column)]
    assert part in said(steps)


@pytest.mark.parametrize(
    ("head", "code", "line", "column", "part"),
    [
        ("trigger: [{use: github.isue}]", "unknown_trigger", 2, 17, "`github.issue`"),
        ("trigger: [{use: gitlab.push}]", "inactive_module", 2, 17, "`gitlab`"),
        ("trigger: [{use: github.issue}]", "missing_argument", 2, 11, "`repo`"),
        (
            "trigger: [{use: github.issue, with: {repo: a, rep: b}}]",
            "unknown_argument",
            2,
            52,
            "`repo`",
        ),
        ("trigger: [{use: github.issue, with: {repo: 5}}]", "wrong_value", 2, 44, "`repo`"),
        ("modules: [crm, strip]", "inactive_module", 2, 16, "`strip`"),
        ("if: event.dat.x", "unknown_field", 2, 11, "`data`"),
        ("key: '{{ event.id }}'", "bad_expression", 2, 7, "without"),
        ("if: run.id != null", "unknown_name", 2, 5, "`run`"),
        ("key: evnt.id", "unknown_name", 2, 6, "`event`"),
    ],
)
def test_a_mistake_in_the_head_is_said_with_its_place(
    problems, said, head, code, line, column, part
):
    head = f"id: demo\n{head}\ndo:\n"
    assert problems("  - x: {set: 1}", head) == [(code, line, column)]
    assert part in said("  - x: {set: 1}", head)


@pytest.mark.parametrize(
    "steps",
    [
        '  - x: {set: "{{ event.data.extra.a.b + 1 > 2 && event.data.extra.c }}"}',
        '  - x: {call: crm.find, with: {any: "{{ event.data.amount }}"}}\n'
        '  - y: {set: "{{ steps.x.name + string(steps.x.age) + steps.x.whatever }}"}',
        '  - x: {set: "{{ event.data.title == null || event.data.amount == null }}"}',
        "  - r: {switch: [{if: true, do: [{a: {set: 1}}]}]}\n"
        '  - b: {set: "{{ steps.a + 1 }}"}\n  - c: {set: "{{ steps.r.case }}"}',
        "  - t: {try: [{a: {set: 1}}], catch: {as: oh, on: [timeout], do:"
        " [{b: {set: '{{ oh.code }}{{ steps.a }}'}}]}}\n  - c: {set: '{{ steps.b }}'}",
        "  - l: {for: '{{ event.data.labels }}', do: [{a: {set: '{{ item.weight + index }}'}}]}\n"
        '  - b: {set: "{{ sum(steps.l.items.map(t, t.a)) + steps.l.count }}"}',
        "  - w: {wait: {until: \"{{ timestamp(event.time) + duration('1d') }}\"}}",
        "  - x: {set: \"{{ event.data['amount'] + 1 }}\"}",
        '  - x: {set: "{{ event.data.paid ? event.data.amount : null }}"}',
    ],
)
def test_what_is_unknown_or_fits_is_allowed(problems, steps):
    assert problems(steps) == []


def test_with_several_triggers_the_data_is_unknown(problems):
    head = "id: demo\ntrigger: [{use: github.issue, with: {repo: a}}, {use: github.push}]\ndo:\n"
    assert problems('  - x: {set: "{{ event.data.whatever }}"}', head) == []


def test_a_place_inside_a_text_of_several_lines_is_where_the_text_begins(problems):
    assert problems("  - x:\n      set: |\n        a\n        {{ nope }}") == [
        ("unknown_name", 5, 12)
    ]


def test_every_problem_is_found_in_one_go(catalog):
    source = (
        "id: a\nmodules: [x]\nif: nope\nkey: nope\ndo:\n  - s: {call: a.b, with: {c: '{{ d }}'}}"
    )
    found = check(read(source), catalog)
    assert [one.code for one in found] == [
        "inactive_module",
        "unknown_name",
        "unknown_name",
        "inactive_module",
        "unknown_name",
    ]
