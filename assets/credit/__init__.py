"""Credit: what a customer may still order on account, measured when an order becomes known."""
