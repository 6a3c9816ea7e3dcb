from typing_extensions import Unpack

__all__ = ["Unpack"]
