"""How right and how fast invoices are drafted, measured against the simulator's truth."""
