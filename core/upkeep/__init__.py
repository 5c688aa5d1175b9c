"""Look after the installation itself: hold, backups, retention, figures, what goes silent."""
