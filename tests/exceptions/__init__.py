"""Tests of the room `exceptions`."""
