"""Stand-in for flash-linear-attention where it does not import (it needs Triton): what published mixers take from it, with
the same names, parameters and results, in plain PyTorch. It leans on trainer/mixers and holds nothing that trains there."""
