"""When and where the chain runs."""
