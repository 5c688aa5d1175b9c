"""An opened installation: every verb of core, wired. Pages, API and CLI hold one of these."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexus.core.clock import Clock, SystemClock
from nexus.core.flow.addresses import Addresses
from nexus.core.flow.decision.decisions import Decisions
from nexus.core.flow.flows import Flows
from nexus.core.flow.plans import Plans
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.connections import Connections
from nexus.core.host.keys import Keys
from nexus.core.host.load import load
from nexus.core.host.modules import Modules
from nexus.core.host.policy import policy_of
from nexus.core.host.post import Post
from nexus.core.host.reminders import Reminders
from nexus.core.people.account import Account
from nexus.core.people.audit import Audit
from nexus.core.people.invitations import Invitations
from nexus.core.people.members import Members
from nexus.core.people.passkeys import Passkeys
from nexus.core.people.passwords import Passwords
from nexus.core.people.people import People
from nexus.core.people.recovery import RecoveryCodes
from nexus.core.people.run_rights import RunRights
from nexus.core.people.sso import SingleSignOn
from nexus.core.people.terms import Terms
from nexus.core.people.throttle import Throttle
from nexus.core.people.tokens import Tokens
from nexus.core.queue.carrier import open_queue
from nexus.core.redact import Redactor
from nexus.core.run.early import Early
from nexus.core.run.engine import Engine
from nexus.core.run.pulse import Pulse
from nexus.core.run.runs import Runs
from nexus.core.store.backend import password
from nexus.core.store.database import Database
from nexus.core.store.news import News
from nexus.core.trigger.book import Book
from nexus.core.trigger.hooks import Hooks
from nexus.core.trigger.inside import Inside
from nexus.core.trigger.schedule import Schedules
from nexus.core.trigger.webhook import Inbox
from nexus.core.upkeep.upkeep import Upkeep, upkeep_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Nexus:
    """The rooms' verbs. Make one with `open_nexus`, let it go with `close`."""

    folder: Path
    clock: Clock
    database: Database
    engine: Engine
    catalog: LoadedCatalog
    people: People
    audit: Audit
    members: Members
    invitations: Invitations
    tokens: Tokens
    account: Account
    recovery: RecoveryCodes
    terms: Terms
    passkeys: Passkeys
    sso: SingleSignOn
    post: Post
    flows: Flows
    decisions: Decisions
    runs: Runs
    hooks: Hooks
    inbox: Inbox
    connections: Connections
    modules: Modules
    keys: Keys
    redactor: Redactor
    upkeep: Upkeep
    page_key: str

    @property
    def pulse(self) -> Pulse:
        """What tells open pages that a run moved."""
        return self.engine.pulse

    @property
    def stopping(self) -> bool:
        """True when streams should end because the process does."""
        return self.engine.pulse.stopping

    def start(self) -> None:
        """Begin to drive runs and fire schedules."""
        self.engine.start()

    def close(self) -> None:
        """Stop in order; what is under way is recovered at the next start."""
        self.upkeep.close()
        self.engine.stop()
        self.database.close()


def open_nexus(
    folder: Path,
    clock: Clock | None = None,
    module_folders: Iterable[Path] = (),
    alone: bool = True,
    drives: bool = True,
) -> Nexus:
    """Open the installation in `folder`, making it when it is not there; nothing runs yet.

    `alone` says that the caller holds the folder's lock, so that no other process drives its runs,
    unless they share a database. Without `drives` it leaves the runs to others.

    Raises:
        Refused: The data was written by a newer Nexus, or the master key cannot be used.
    """
    clock, redactor, catalog = clock or SystemClock(), Redactor(), load(module_folders)
    database = Database(folder)
    people, plans = People(database, clock, policy_of(catalog)), Plans(database, catalog)
    connections = Connections(database, database.vault, clock, catalog, redactor)
    post = Post(database, catalog, connections, clock)
    engine = _engine(database, clock, plans, connections, redactor, alone, drives)
    addresses = Addresses(database, database.vault, clock, catalog, redactor)
    flows = Flows(database, addresses, clock, engine.mint, catalog)
    book = Book(database, addresses, plans, catalog)
    schedules = Schedules(engine, plans, catalog, clock)
    nexus = Nexus(
        folder=folder,
        clock=clock,
        database=database,
        engine=engine,
        catalog=catalog,
        audit=Audit(database, clock),
        people=people,
        **_people_verbs(people, redactor, post, engine),
        flows=flows,
        decisions=Decisions(database, clock, redactor),
        runs=Runs(engine, plans, catalog, engine.queue, clock),
        hooks=Hooks(addresses, flows, book),
        inbox=Inbox(engine, book, clock),
        connections=connections,
        modules=Modules(catalog),
        keys=Keys(database, database.vault, clock, redactor),
        redactor=redactor,
        upkeep=upkeep_of(engine, post, catalog, clock),
        page_key=database.derive("pages"),
    )
    _introduce(nexus, schedules, book)
    return nexus


def _engine(
    database: Database,
    clock: Clock,
    plans: Plans,
    connections: Connections,
    redactor: Redactor,
    alone: bool,
    drives: bool,
) -> Engine:
    """Return the engine; on a database that is shared nobody is alone."""
    queue = open_queue(database.installation, drives)
    alone = alone and not database.backend.shared
    engine = Engine(database, clock, plans.find, connections.equip, queue, alone, redactor)
    engine.watch.drives = drives
    return engine


def _introduce(nexus: Nexus, schedules: Schedules, book: Book) -> None:
    """Let rooms hear of each other that may not import each other."""
    connections, engine = nexus.connections, nexus.engine
    nexus.flows.on_change, nexus.flows.slots = book.forget, schedules.first_slots
    reminders = Reminders(nexus.database, nexus.clock, nexus.post.send)
    inside, voice, book = Inside(nexus.inbox.book), engine.voice, nexus.inbox.book
    voice.starts, voice.plan_of, voice.types = inside.starts, book.plan, book.types
    nexus.redactor.learn(password())
    nexus.flows.redactor, nexus.database.chain.redact = nexus.redactor, nexus.redactor.raw
    connections.flows_using, nexus.flows.lacks = nexus.flows.connections_used, connections.lacks
    connections.checkup.on_ready = nexus.runs.resume
    engine.intents.pin_of = connections.pin
    early = Early(engine.committer)
    if nexus.database.backend.shared:
        _listen(nexus, book)

    def tick(now: int) -> int | None:
        nexus.audit.tick(now)
        nexus.people.turned_away.tick(now)
        early.tick(now)
        nexus.upkeep.tick(now)
        looks = connections.checkup.tick(now), reminders.tick(now)
        return soonest(schedules.tick(now), *looks)

    engine.on_tick = tick


def _listen(nexus: Nexus, book: Book) -> None:
    """Let what is remembered here follow what other processes change."""
    news = News(nexus.database)
    news.listeners = [book.forget, nexus.connections.refresh, nexus.keys.learn]
    nexus.engine.watch.on_round = book.on_miss = news.hear


def soonest(*dues: int | None) -> int | None:
    """Return the first moment at which somebody wants to be asked again."""
    return min((due for due in dues if due is not None), default=None)


def _people_verbs(people: People, redactor: Redactor, post: Post, engine: Engine) -> dict[str, Any]:
    """Return the verbs about people, by their names in `Nexus`."""
    members, passwords, rights = Members(people), Passwords(), RunRights(people)
    engine.guard(rights.check)
    invitations = Invitations(members, passwords)
    members.on_change, invitations.post = rights.forget, post.send
    throttle = Throttle(people.database, people.clock)
    vault, recovery = people.database.vault, RecoveryCodes(people)
    return {
        "post": post,
        "members": members,
        "invitations": invitations,
        "tokens": Tokens(people),
        "account": Account(members, vault, passwords, throttle, recovery),
        "recovery": recovery,
        "terms": Terms(people),
        "passkeys": Passkeys(people),
        "sso": SingleSignOn(members, vault, redactor.learn),
    }
