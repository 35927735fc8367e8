"""Collections: who is reminded of what today, and for every other open invoice why not."""
