"""Invoicing: what may be billed, at which price and tax, what stops it, and how it compares with accounting."""
