"""The matcher: integer minor units in, scored allocations out; no clock, no file, no policy of its own."""
