"""What starts a run: webhook and schedule become an event, an event finds its flows."""
