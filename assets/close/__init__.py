"""The walk through the days: the only module that knows all rooms and their order."""
