"""Cash application: which documents a receipt pays, with the evidence, or why nobody can tell yet."""
