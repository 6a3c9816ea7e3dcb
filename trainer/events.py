"""events.jsonl: what the sandboxed process tells the program, one JSON object a line (JobEvent in src/shared/job.ts)."""

import json
import math
import os
import time
from pathlib import Path


class Events:
    """Appends events. A line is written in one go and flushed, so a reader sees whole lines; `sync` makes them durable."""

    def __init__(self, path: str | Path):
        self.file = open(path, "ab")  # noqa: SIM115 it lives as long as the process
        if self.file.tell() and not ends_with_newline(path):  # a killed process may have left half a line
            self.file.write(b"\n")

    def __call__(self, type: str, **fields):
        event = {"t": round(time.time(), 3), "type": type, **finite(fields)}
        self.file.write(json.dumps(event, allow_nan=False).encode() + b"\n")
        self.file.flush()

    def sync(self):
        self.file.flush()
        os.fsync(self.file.fileno())


def ends_with_newline(path: str | Path) -> bool:
    with open(path, "rb") as f:
        f.seek(-1, os.SEEK_END)
        return f.read(1) == b"\n"


def finite(x):
    """JSON has no infinity and no not-a-number: such a number becomes null."""
    if isinstance(x, float):
        return x if math.isfinite(x) else None
    if isinstance(x, dict):
        return {k: finite(v) for k, v in x.items()}
    return [finite(v) for v in x] if isinstance(x, list | tuple) else x
