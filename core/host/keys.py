"""The key verbs: what is sealed with which key, and a new key for all of it."""

from dataclasses import dataclass, replace

from nexus.core.clock import Clock
from nexus.core.model.actor import Actor
from nexus.core.model.deed import deed
from nexus.core.people.policy import allow
from nexus.core.redact import Redactor
from nexus.core.store import sealed
from nexus.core.store.database import Database
from nexus.core.store.vault import Vault


@dataclass(frozen=True, kw_only=True, slots=True)
class KeysRow:
    """The key in use. While keys rotate, `done` of `total` texts are sealed with the new one."""

    current: str
    known: int
    total: int
    done: int
    rotating: bool


class Keys:
    """Everything that can be asked of the master keys; none of them is ever shown."""

    def __init__(self, database: Database, vault: Vault, clock: Clock, redactor: Redactor) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._redactor = redactor
        self._progress: tuple[int, int] | None = None
        self.learn()

    def learn(self) -> None:
        """Let every secret that is kept be hidden wherever it shows up."""
        self._redactor.learn(key.secret.hex() for key in self._vault.ring.keys)
        self._redactor.learn(sealed.secrets(self._database, self._vault))

    def show(self, actor: Actor) -> KeysRow:
        """Return which key is in use, and how far a rotation is."""
        allow(actor, "key", "read")
        total = sealed.count(self._database)
        ring, at = self._vault.ring, self._progress
        row = KeysRow(
            current=ring.current.id, known=len(ring.keys), total=total, done=total, rotating=False
        )
        return replace(row, done=at[0], total=at[1], rotating=True) if at else row

    def rotate(self, actor: Actor) -> KeysRow:
        """Seal everything with a new key, in one transaction.

        Interrupted at any moment, every secret still opens: the new key is durable before it is
        used, and the old one goes only when nothing needs it. Rotate again to finish.

        Raises:
            Refused: A secret cannot be opened, or the environment brings no new key.
        """
        allow(actor, "key", "rotate")
        with self._vault.turning:
            before = self._vault.ring.current.id
            self._vault.ring.add()
            current = self._vault.ring.current
            self._redactor.learn([current.secret.hex()])
            now = self._clock.now()
            done = deed(actor, now, "key.rotate", current.id, before=before, after=current.id)
            try:
                sealed.reseal(self._database, self._vault, self._note, done)
            finally:
                self._progress = None
            self._vault.ring.drop_old()
        return self.show(actor)

    def _note(self, done: int, total: int) -> None:
        self._progress = (done, total)
