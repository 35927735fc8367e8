"""Tests of the room `cash_application`."""
