"""Everything that looks after an installation, wired together."""

from dataclasses import dataclass

from nexus.core.clock import Clock
from nexus.core.host.catalog import LoadedCatalog
from nexus.core.host.post import Post
from nexus.core.run.engine import Engine
from nexus.core.upkeep.backup import Backups
from nexus.core.upkeep.metrics import Metrics
from nexus.core.upkeep.retention import Retention
from nexus.core.upkeep.silence import Silence
from nexus.core.upkeep.standing import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Upkeep:
    """The verbs of upkeep. Make them with `upkeep_of`, let them go with `close`."""

    standing: Standing
    backups: Backups
    retention: Retention
    silence: Silence
    metrics: Metrics

    def tick(self, now: int) -> None:
        """Begin beside the engine what is due; the engine asks at every round."""
        self.retention.tick(now)
        self.silence.tick(now)

    def close(self) -> None:
        """End what is under way."""
        self.retention.close()


def upkeep_of(engine: Engine, post: Post, catalog: LoadedCatalog, clock: Clock) -> Upkeep:
    """Wire the upkeep of an installation; nothing of it is under way yet."""
    database = engine.database
    return Upkeep(
        standing=Standing(database, clock, engine.wake),
        backups=Backups(database, clock),
        retention=Retention(engine, clock),
        silence=Silence(database, clock, post.send),
        metrics=Metrics(engine, catalog, clock),
    )
