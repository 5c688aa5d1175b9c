"""Decision tables: read, checked, proven free of overlaps where that can be decided, compiled."""
