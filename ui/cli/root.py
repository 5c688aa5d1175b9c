"""The root of the command line, and how a refusal is told."""

import json
import os
from pathlib import Path
from typing import Any

import click

from nexus.core.model.problem import Problem, Refused
from nexus.ui.cli.console import Console

NO_COLOR, DEBUG = "NO_COLOR", "NEXUS_DEBUG"


class Root(click.Group):
    """Turns refusals into one line each on stderr; nobody is shown a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit 1 when it was refused."""
        console = ctx.find_object(Console)
        assert console is not None  # run() hands one in
        try:
            return super().invoke(ctx)
        except Refused as refused:
            tell(*refused.problems, as_json=console.as_json)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            tell(_unusable(error), as_json=console.as_json)
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            tell(_fault(error), as_json=console.as_json)
        raise click.exceptions.Exit(1)


def tell(*problems: Problem, as_json: bool = False) -> None:
    """Print each problem as one line on stderr."""
    for problem in problems:
        line = json.dumps(problem.as_dict()) if as_json else " ".join(str(problem).split())
        click.echo(line, err=True)


def _unusable(error: OSError) -> Problem:
    where = f"{error.filename}: " if error.filename else ""
    title = f"{where}{error.strerror or error}."
    return Problem(code="unusable", title=title, hint="Check the path and its rights.")


def _fault(error: Exception) -> Problem:
    """Say in one line what broke; the whole story is for whoever mends it."""
    words = " ".join(str(error).partition("\n")[0].split())[:300]
    title = f"Something broke: {type(error).__name__}: {words}"
    return Problem(code="fault", title=title, hint=f"Where it broke is shown with {DEBUG}=1.")


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nexus")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data"),
    envvar="NEXUS_DATA",
    show_default=True,
    show_envvar=True,
    help="The data folder.",
)
@click.pass_context
def cli(ctx: click.Context, data: Path) -> None:
    """Build flows, run them, and look after them."""
    ctx.obj.folder = data
    if os.environ.get(NO_COLOR):
        ctx.color = False
