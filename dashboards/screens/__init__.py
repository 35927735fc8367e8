"""One page is one screen and one question."""
