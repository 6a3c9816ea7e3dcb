"""The shape of a verdict (GateVerdict in src/shared/job.ts)."""

import math


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
