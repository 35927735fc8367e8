"""What people look at and decide on."""
