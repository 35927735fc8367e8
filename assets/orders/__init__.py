"""Order capture: what an order must carry before it may move on."""
