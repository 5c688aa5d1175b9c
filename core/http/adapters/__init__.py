"""The one outgoing client in the shapes that vendors' SDKs take.

A requests session and an httpx transport; each loads its library at the first use, and a module
that speaks by one brings it.
"""
