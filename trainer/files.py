"""Files that are whole or absent, and files from a sandbox, where anything may lie under an expected name."""

import json
import math
import os
import stat
from pathlib import Path

import numpy as np

HEADER_BYTES = 4_000_000  # of a safetensors file; a model of a thousand tensors needs about 100 kB
TYPES = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}


class Untrusted(ValueError):
    """A file from the sandbox is not what it must be; the message says how, as a clause after the file's name."""


def write_atomic(path: str | Path, content: bytes):
    """Writes to a neighbour, fsyncs, renames and fsyncs the folder: after a crash the old content or the new, no part."""
    path = Path(path)
    tmp = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with open(tmp, "wb") as f:
        f.write(content)
    publish(tmp, path)


def publish(tmp: Path, path: Path):
    """Makes the finished file `tmp` durable and gives it its name."""
    for place, flags in ((tmp, os.O_RDWR), (path.parent, os.O_RDONLY)):
        fd = os.open(place, flags)
        os.fsync(fd)
        os.close(fd)
        if place == tmp:
            os.replace(tmp, path)


def open_beneath(top: str | Path, parts: list[str]) -> int:
    """Opens a regular file below `top` for reading, following no link on the way, and never waiting. Raises Untrusted."""
    try:
        fd = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise Untrusted(f"is not there: {error.strerror}") from error
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (0 if last else os.O_DIRECTORY)
        try:
            below = os.open(part, flags, dir_fd=fd)
        except FileNotFoundError as error:
            raise Untrusted("is missing") from error
        except OSError as error:
            what = "is a symbolic link" if part_is_link(part, fd) else f"cannot be opened: {error.strerror}"
            raise Untrusted(what) from error
        finally:
            os.close(fd)
        fd = below
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Untrusted("is no regular file")
    return fd


def part_is_link(part: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def read_tensor(
    top: str | Path, parts: list[str], name: str, shape: tuple[int, ...], limit: int, dtype: str = "F32"
) -> tuple[np.ndarray, dict]:
    """One tensor of a safetensors file that hostile code wrote, and the file's metadata ({str: str}).

    Only the header and the tensor's own bytes are read, by hand: an 8-byte little-endian length, JSON, then the data.
    Raises Untrusted when the file is longer than `limit` bytes or the tensor has another type or shape.
    """
    fd = open_beneath(top, parts)
    try:
        size = os.fstat(fd).st_size
        if size > limit:
            raise Untrusted(f"has {size:,} bytes, more than the {limit:,} it can need")
        length = int.from_bytes(os.pread(fd, 8, 0), "little")
        if not 2 <= length <= min(HEADER_BYTES, size - 8):
            raise Untrusted("is no safetensors file")
        try:
            header = json.loads(read_exactly(fd, length, 8))
            entry, meta = header.get(name), header.get("__metadata__", {})
            begin, end = entry["data_offsets"] if entry else (0, 0)
            found = (entry["dtype"], tuple(entry["shape"])) if entry else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Untrusted("is no safetensors file") from error
        if found is None:
            raise Untrusted(f"holds no tensor `{name}`")
        if found != (dtype, tuple(shape)):
            raise Untrusted(f"holds `{name}` as {str(found)[:200]}, not {(dtype, tuple(shape))}")
        count = math.prod(shape) * TYPES[dtype].itemsize
        if (
            type(begin) is not int
            or type(end) is not int
            or begin < 0
            or end - begin != count
            or 8 + length + end > size
        ):
            raise Untrusted(f"is cut short: `{name}` does not fit in it")
        meta = {k: v for k, v in meta.items() if isinstance(v, str)} if isinstance(meta, dict) else {}
        return np.frombuffer(read_exactly(fd, count, 8 + length + begin), TYPES[dtype]).reshape(shape), meta
    finally:
        os.close(fd)


def read_exactly(fd: int, count: int, at: int) -> bytes:
    parts = []
    while count:
        part = os.pread(fd, min(count, 1 << 26), at)
        if not part:
            raise Untrusted("is cut short")
        parts.append(part)
        at, count = at + len(part), count - len(part)
    return b"".join(parts)


def tensor_bytes(name: str, array: np.ndarray, metadata: dict[str, str] | None = None) -> bytes:
    """A safetensors file with one tensor, float32 or int64."""
    dtype = next(k for k, v in TYPES.items() if v == array.dtype)
    data = np.ascontiguousarray(array).tobytes()
    entry = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [0, len(data)]}
    header = json.dumps({**({"__metadata__": metadata} if metadata else {}), name: entry}).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data
