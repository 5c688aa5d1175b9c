"""How steps look that call no action: an icon and a colour family for each kind."""

LOOKS = {
    "set": ("pencil-line", "data"),
    "switch": ("split", "logic"),
    "for": ("repeat", "logic"),
    "try": ("shield", "logic"),
    "wait": ("hourglass", "logic"),
    "raise": ("octagon-alert", "logic"),
    "listen": ("radio", "logic"),
    "emit": ("megaphone", "logic"),
    "run": ("workflow", "logic"),
    "decide": ("table-2", "logic"),
    "undo": ("undo-2", "logic"),
}
