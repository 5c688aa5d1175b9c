"""Who may do what: actors, roles, the one policy table, sign-in."""
