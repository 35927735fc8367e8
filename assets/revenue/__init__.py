"""Revenue: when what was billed counts as earned, as balanced entries."""
