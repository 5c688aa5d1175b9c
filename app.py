"""The composition root: the only file that knows every room."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("not wired yet")
