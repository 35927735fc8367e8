"""Systems to landing to raw: one module per system or file format, and a contract at the door."""
