"""Data: pure actions for lists, texts, dates and files; what others write code for."""

from nexus import Offer
from nexus.plugins.data import codes, dates, files, groups, lists, markup, shape, texts

ROOMS = (codes, dates, files, groups, lists, markup, shape, texts)


def nexus_module() -> list[Offer]:
    """Return what this module offers: every action of its files."""
    return [offer for room in ROOMS for offer in vars(room).values() if isinstance(offer, Offer)]
