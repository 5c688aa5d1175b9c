"""Wake-ups: a hint that work is due. The database stays the truth."""
