"""When and where the chain runs."""

import warnings

# Single-run backfills have carried this notice for years of releases; it says nothing about our run.
warnings.filterwarnings("ignore", message=".*is currently in beta.*")
