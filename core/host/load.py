"""Find modules and load them; one that fails is broken and takes nothing else down."""

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from nexus.core.host import hookspecs
from nexus.core.host.catalog import LoadedCatalog, Module
from nexus.core.host.manifest import FILE, Manifest, read_manifest
from nexus.core.host.promise import promises
from nexus.core.model.problem import Problem, Refused
from nexus.core.sdk import OfferedAction, OfferedTest, OfferedTrigger

GROUP = "nexus.modules"
IN_TREE = "nexus.plugins"
OUT_OF_TREE = "nexus_plugin_"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a module is: its folder, and the name its code is imported by."""

    folder: Path
    package: str

    @property
    def id(self) -> str:
        """Return the id that the place stands for, known before its manifest is read."""
        return self.package.rpartition(".")[2].removeprefix(OUT_OF_TREE)


class Host(pluggy.PluginManager):
    """A pluggy manager in which every function called `nexus_…` is a hook, unmarked."""

    def __init__(self) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Take a module's `nexus_…` functions as hooks."""
        if name.startswith(hookspecs.PREFIX) and callable(getattr(plugin, name)):
            return {}
        return None

    def offers(self, id_: str) -> list[Any]:
        """Return what one module's hook answers; the others are not called."""
        hooks = self.hook.nexus_module.get_hookimpls()
        calls: list[Any] = [hook.function for hook in hooks if hook.plugin_name == id_]
        return [offer for call in calls for offer in call()]


def load(folders: Iterable[Path] = ()) -> LoadedCatalog:
    """Load every module: those shipped, those installed, and those in `folders`.

    Args:
        folders: More module folders, each with its module.yaml.
    """
    host = Host()
    loaded: dict[str, Module] = {}
    for place in (*in_tree(), *installed(), *map(place_of, folders)):
        module = load_one(place, host)
        loaded.setdefault(module.id, module)
    return LoadedCatalog(loaded.values())


def shipped() -> Path:
    """Return the folder of the modules that come with Nexus."""
    return Path(str(files("nexus").joinpath("plugins"))).resolve()


def in_tree() -> Iterator[Place]:
    """Yield the modules that come with Nexus."""
    for manifest in sorted(shipped().glob(f"*/{FILE}")):
        yield Place(manifest.parent, f"{IN_TREE}.{manifest.parent.name}")


def installed() -> Iterator[Place]:
    """Yield the modules that are installed as packages, by their entry points."""
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        spec = importlib.util.find_spec(point.module)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            yield Place(Path(folder), point.module)


def place_of(folder: Path) -> Place:
    """Return the place of a folder anywhere on disk, making its package importable."""
    folder = folder.resolve()
    if folder.parent == shipped():
        return Place(folder, f"{IN_TREE}.{folder.name}")
    return Place(folder, f"{OUT_OF_TREE}{folder.name}")


def load_one(place: Place, host: Host | None = None) -> Module:
    """Load one module; whatever goes wrong is in its `problems`."""
    host = host or Host()
    module = Module(id=place.id, folder=place.folder, package=place.package)
    try:
        manifest = read_manifest(place.folder)
        module = replace(module, manifest=manifest)
        _check_id(place, manifest)
        return _fill(module, manifest, _offers(place, host))
    except Refused as refused:
        return replace(module, problems=refused.problems)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may raise anything
        host.unregister(name=place.id)
        return replace(module, problems=(_broken(place, error),))


def _check_id(place: Place, manifest: Manifest) -> None:
    if manifest.id != place.id:
        raise Refused(
            Problem(
                code="wrong_folder",
                title=f"Module {manifest.id} stands in a folder called {place.id}.",
                file=str(place.folder / FILE),
                hint="Give the folder and the id the same name.",
            )
        )


def _offers(place: Place, host: Host) -> list[Any]:
    host.register(import_place(place), name=place.id)
    host.check_pending()
    return host.offers(place.id)


def import_place(place: Place) -> ModuleType:
    """Import a module's package, from its folder when it is not installed."""
    known = sys.modules.get(place.package)
    if place.package.startswith(IN_TREE) or _is_from(known, place.folder):
        return importlib.import_module(place.package)
    forget(place.package)
    spec = importlib.util.spec_from_file_location(
        place.package,
        place.folder / "__init__.py",
        submodule_search_locations=[str(place.folder)],
    )
    assert spec is not None and spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[place.package] = package
    try:
        spec.loader.exec_module(package)
    except BaseException:
        forget(place.package)
        raise
    return package


def forget(package: str) -> None:
    """Forget an imported package and everything below it."""
    for name in [*sys.modules]:
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]


def _is_from(package: ModuleType | None, folder: Path) -> bool:
    return package is not None and Path(str(package.__file__)).parent == folder


def _fill(module: Module, manifest: Manifest, offers: list[Any]) -> Module:
    icon = {"icon": manifest.icon}
    actions = [one for one in offers if isinstance(one, OfferedAction)]
    triggers = [one for one in offers if isinstance(one, OfferedTrigger)]
    filled = replace(
        module,
        actions=tuple(one.offer(module.id, family=manifest.family, **icon) for one in actions),
        triggers=tuple(one.offer(module.id, **icon) for one in triggers),
        tests=tuple(one for one in offers if isinstance(one, OfferedTest)),
    )
    problems = tuple(promises(filled, manifest))
    return replace(module, problems=problems) if problems else filled


def _broken(place: Place, error: BaseException) -> Problem:
    words = " ".join(str(error).split())[:300]
    return Problem(
        code="broken_module",
        title=f"Module {place.id} cannot be loaded: {type(error).__name__}: {words}",
        file=str(place.folder),
        hint="Mend the module, or remove it; the others work on.",
    )
