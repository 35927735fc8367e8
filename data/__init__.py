"""The invented company and samples."""
