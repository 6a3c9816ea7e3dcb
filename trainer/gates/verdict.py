"""The shape of a verdict (GateVerdict in src/shared/job.ts)."""

import math
import sys
import traceback

import torch

from trainer.load import CandidateError


def verdict(
    name: str,
    ok: bool,
    detail: str,
    *,
    kind: str,
    value: float | None = None,
    limit: float | None = None,
    warning: bool = False,
) -> dict:
    """One gate's result. `value` is the measured number, None where it could not be reached; `kind` is what a failure means
    (FailureKind in src/shared/job.ts) and is kept only with one. A warning is reported and rejects nothing, so it is `ok`."""
    if value is not None and not math.isfinite(value):
        value = None if math.isnan(value) else math.copysign(1e30, value)  # JSON has no infinity
    ok = bool(ok) or warning
    kind = None if ok else kind
    return {"name": name, "ok": ok, "value": value, "limit": limit, "detail": detail, "warning": warning, "kind": kind}


def explain(error: Exception, cls: type | None) -> tuple[str, str]:
    """What a candidate's exception says and where in its file it was raised, and the kind of failure."""
    if isinstance(error, CandidateError):
        return f"{error.message} {error.detail}".strip(), error.kind
    kind = "interface"
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
        kind = "memory"
    elif isinstance(error, torch.linalg.LinAlgError):
        kind = "numerical"
    file = getattr(sys.modules.get(getattr(cls, "__module__", "")), "__file__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    where = f" (line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
    return f"{type(error).__name__}: {error}{where}", kind
