"""Other programs and published rules, each a process of its own on the same files, writing the same result tables."""
