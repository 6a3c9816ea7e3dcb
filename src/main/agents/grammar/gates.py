"""Runs programs through the trainer's gates: python gates.py job.json, {"protocol": {...}, "programs": [{"name", "code"}]}.

Prints for each its name, ok, failed (details), warnings (names), flops (times the baseline's), mixerParams, flopsPerToken and
fingerprint.
"""

import json
import os
import sys
import tempfile

import torch

from trainer.gates import run_gates


def main():
    torch.set_num_threads(1)
    with open(sys.argv[1]) as f:
        job = json.load(f)
    reports = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "mixer.py")
        for program in job["programs"]:
            with open(path, "w") as f:
                f.write(program["code"])
            result = run_gates(path, job["protocol"])
            reports.append(
                {
                    "name": program["name"],
                    "ok": result["ok"],
                    "failed": [f"{g['name']}: {g['detail']}" for g in result["gates"] if not g["ok"]],
                    "flops": next((g["value"] for g in result["gates"] if g["name"] == "flops"), None),
                    "warnings": [g["name"] for g in result["gates"] if g["warning"]],
                    **{k: result[k] for k in ("mixerParams", "flopsPerToken", "fingerprint")},
                }
            )
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main()
