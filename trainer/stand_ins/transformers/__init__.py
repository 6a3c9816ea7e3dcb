"""Stand-in for transformers where it does not import: the names that mixers import for their type annotations."""

from transformers.cache_utils import Cache, DynamicCache

__all__ = ["Cache", "DynamicCache"]
