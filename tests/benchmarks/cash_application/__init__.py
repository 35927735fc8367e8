"""The cash application benchmark: an invented ledger with its bank receipts, a scorer, and peers on the same files."""
