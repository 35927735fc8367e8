"""An invented company with known truth, in the native files of real systems."""
