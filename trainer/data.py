"""Byte-level corpus for the `lm` task. Trusted side only: the scorer runs it, the sandbox sees nothing but train.bin.

The text is the interpreter's own standard library, which is on every machine, or any folder of text (the task's parameter
`folder`). Files, not passages, are split into train and held-out. A candidate's process can read the standard library, so
the held-out *source files* must be hidden from it: `mask` lists them, and their compiled copies, for the sandbox to cover.
Covering a module that the trainer imports would break it, so held-out files come only from modules that nothing the
trainer loads can reach.

    <data>/<hash>/train/train.bin       uint8, at most TRAIN_BYTES
    <data>/<hash>/heldout/heldout.bin   uint8, at most HELDOUT_BYTES; never bound into a sandbox
    <data>/<hash>/manifest.json         {hash, mask, trainBytes, heldoutBytes, trainFiles, heldoutFiles, skipped}
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np

from trainer.files import write_atomic

VERSION = 2  # raise it when the split changes
TRAIN_BYTES = 8_000_000
HELDOUT_BYTES = 256_000  # ten times what a score needs; every file of it is a mount that a sandbox waits for
FILE_BYTES = 400_000  # longer files are tables, not text that somebody wrote
HELDOUT = 0.10  # of all bytes
SUFFIXES = {".py", ".txt", ".md", ".rst", ".c", ".h", ".js", ".ts", ".html", ".tex"}  # of a folder given by the user
# tables, bundled archives and test suites: no prose and little code
SKIP = {
    "test",
    "tests",
    "idle_test",
    "site-packages",
    "__pycache__",
    "encodings",
    "pydoc_data",
    "_bundled",
    "node_modules",
}
# setuptools and pip carry copies of these, which the mask would not cover
COPIED = {"distutils", "tomllib", "ensurepip", "venv"}
IMPORT = re.compile(rb"^[ \t]*(?:import|from)[ \t]+([\w.]+)", re.MULTILINE)


class DataError(ValueError):
    """The corpus cannot be built; the message says why and what to do."""


def prepare(protocol: dict, data: str | Path) -> dict:
    """Builds the corpus of `protocol` under `data`, or finds it there.

    Returns the manifest, with `train` and `heldout` (paths of the two folders) added. Raises DataError.
    """
    folders = {t["params"].get("folder", "") for t in protocol["tasks"].values() if t["kind"] == "lm"} or {""}
    if len(folders) > 1:
        raise DataError(f"A protocol has one text folder, this one names {sorted(folders)}.")
    folder = folders.pop()
    top = Path(folder).expanduser().resolve() if folder else Path(sysconfig.get_paths()["stdlib"]).resolve()
    files, skipped = listing(top, {".py"} if not folder else SUFFIXES)
    data = Path(data)
    data.mkdir(parents=True, exist_ok=True)
    about = json.dumps([VERSION, str(top), sys.version, sorted((r, s, m) for r, (s, m) in files.items())])
    pointer = data / f"corpus-{hashlib.sha256(about.encode()).hexdigest()[:16]}.json"
    try:
        manifest = json.loads((data / json.loads(pointer.read_text())["hash"] / "manifest.json").read_text())
    except (OSError, ValueError, KeyError):
        manifest = build(top, files, skipped, data, stdlib=not folder)
        write_atomic(pointer, json.dumps({"hash": manifest["hash"]}).encode())
    # compiled copies come and go, so the mask is looked up each time
    mask = copies(top, manifest["heldoutFiles"], stdlib=not folder)
    place = data / manifest["hash"]
    return {**manifest, "mask": mask, "train": str(place / "train"), "heldout": str(place / "heldout")}


def listing(top: Path, suffixes: set[str]) -> tuple[dict[str, tuple[int, int]], int]:
    """Text files below `top` as {relative path: (bytes, mtime)}, and how many were too long to be text."""
    files, skipped = {}, 0
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(d for d in folders if d not in SKIP and not d.startswith("."))
        for name in names:
            path = Path(folder, name)
            if path.suffix not in suffixes or path.is_symlink():
                continue
            stat = path.stat()
            if stat.st_size > FILE_BYTES:
                skipped += 1
            elif stat.st_size:
                files[path.relative_to(top).as_posix()] = (stat.st_size, stat.st_mtime_ns)
    return files, skipped


def build(top: Path, files: dict, skipped: int, data: Path, stdlib: bool) -> dict:
    """Reads, splits and writes; the folder appears under its hash in one rename."""
    text = {}
    for rel in sorted(files, key=rank):
        try:
            text[rel] = (top / rel).read_text(encoding="utf-8").encode() + b"\n"
        except (UnicodeDecodeError, OSError):
            skipped += 1
    free = unreachable(set(text)) if stdlib else set(text)
    total, eligible = sum(map(len, text.values())), sum(len(text[r]) for r in free)
    # beyond 60 % of what may be held out, the training text would lack its kind altogether
    share = min(0.6, HELDOUT * total / max(eligible, 1))
    held = take([r for r in text if r in free and rank(r) < share], text, HELDOUT_BYTES)
    train = take([r for r in text if r not in set(held)], text, TRAIN_BYTES)
    parts = {"train": b"".join(text[r] for r in train), "heldout": b"".join(text[r] for r in held)}
    if len(parts["train"]) < 100_000 or len(parts["heldout"]) < 20_000:
        raise DataError(
            f"{top} holds too little text: {len(parts['train']):,} bytes to train on and {len(parts['heldout']):,} held out "
            "(at least 100,000 and 20,000 are needed). Set the lm task's parameter `folder` to a folder of text."
        )
    digest = hashlib.sha256(b"\0".join(hashlib.sha256(parts[k]).digest() for k in ("train", "heldout"))).hexdigest()[
        :16
    ]
    manifest = {
        "hash": digest,
        "source": str(top),
        "mask": copies(top, held, stdlib),
        "trainBytes": len(parts["train"]),
        "heldoutBytes": len(parts["heldout"]),
        "trainFiles": len(train),
        "heldoutFiles": held,
        "skipped": skipped,
    }
    place, tmp = data / digest, data / f"{digest}.{os.getpid()}.tmp"
    shutil.rmtree(tmp, ignore_errors=True)
    for part, content in parts.items():
        (tmp / part).mkdir(parents=True)
        write_atomic(tmp / part / f"{part}.bin", content)
    write_atomic(tmp / "manifest.json", json.dumps(manifest, indent=1).encode())
    try:
        os.rename(tmp, place)
    except OSError:  # another process was first, or an incomplete folder stands in the way
        if not (place / "manifest.json").exists():
            shutil.rmtree(place, ignore_errors=True)
            os.rename(tmp, place)
        shutil.rmtree(tmp, ignore_errors=True)
    return manifest


def rank(rel: str) -> float:
    """Uniform in [0, 1), a function of the path alone: the order of the files, and the split."""
    return int.from_bytes(hashlib.sha256(rel.encode()).digest()[:8], "big") / 2**64


def take(rels: list[str], text: dict[str, bytes], limit: int) -> list[str]:
    """Files in order as long as they fit."""
    taken, size = [], 0
    for r in rels:
        if size + len(text[r]) <= limit:
            taken.append(r)
            size += len(text[r])
    return taken


def unreachable(files: set[str]) -> set[str]:
    """Standard-library files that nothing the trainer loads can import, even late and inside a function.

    Starts from what a process holds after it imported torch and made a training step, and from every name that the
    installed packages' sources import; follows the import statements from there. A package with one module in reach is in
    reach as a whole, because relative imports are not followed.
    """
    script = "import torch, safetensors.torch, sys; m = torch.nn.Linear(2, 2); o = torch.optim.AdamW(m.parameters());"
    script += "m(torch.ones(1, 2)).sum().backward(); o.step(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    reached = {m.split(".")[0] for m in done.stdout.split()}
    for place in [*{sysconfig.get_paths()[k] for k in ("purelib", "platlib")}]:
        for package in ("torch", "numpy", "einops", "safetensors", "triton", "fla", "transformers"):
            for path in Path(place, package).rglob("*.py"):
                if not SKIP & set(path.parts[len(Path(place).parts) :]):
                    reached |= imported(path)
    top = Path(sysconfig.get_paths()["stdlib"])
    modules: dict[str, list[str]] = {}
    for rel in files:
        modules.setdefault(rel.split("/")[0].removesuffix(".py"), []).append(rel)
    todo = [m for m in reached if m in modules]
    reached = set(todo)
    while todo:
        for rel in modules[todo.pop()]:
            new = {m for m in imported(top / rel) if m in modules} - reached
            reached |= new
            todo += new
    return {r for m, rels in modules.items() if m not in reached | COPIED for r in rels}


def imported(path: Path) -> set[str]:
    """Top-level names that a source file imports anywhere."""
    try:
        return {m.split(b".")[0].decode() for m in IMPORT.findall(path.read_bytes())}
    except OSError:
        return set()


def copies(top: Path, rels: list[str], stdlib: bool) -> list[str]:
    """Absolute paths of the files, their compiled forms, and the same files of other Pythons that a sandbox may show."""
    tops = {top}
    if stdlib:
        for pattern in ("/usr/lib/python3*", "/usr/local/lib/python3*", "/usr/lib64/python3*"):
            tops |= {p.resolve() for p in Path("/").glob(pattern[1:])}
    found = set()
    for t in tops:
        for rel in rels:
            path = t / rel
            if path.exists():
                found.add(str(path))
            found |= {str(p) for p in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc")}
    return sorted(found)


def load_bytes(path: str | Path) -> np.ndarray:
    """A .bin file as uint8, mapped rather than read."""
    return np.memmap(path, dtype=np.uint8, mode="r")
