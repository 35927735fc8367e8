"""The operational store: an append-only, hash-chained log of decisions, the outbox, and document numbers."""
