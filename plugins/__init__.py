"""One folder per module; each registers through the same door as a third-party one."""
