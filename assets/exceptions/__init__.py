"""Exceptions: what fell out of the chain, whose it is, since when, and what to fix where."""
