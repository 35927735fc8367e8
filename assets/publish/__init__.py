"""Receivables and reporting, handed over as one file that dashboards read."""
