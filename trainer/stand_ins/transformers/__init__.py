"""Stand-in for transformers: the names that published mixers import for their type annotations."""
