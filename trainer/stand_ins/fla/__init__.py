"""Stand-in for flash-linear-attention where it does not import: what published mixers take from it, in plain PyTorch."""
