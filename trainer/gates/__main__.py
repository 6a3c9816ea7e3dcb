"""python -m trainer.gates FILE.py --protocol trainer/protocols/cpu.json: the verdicts as a table; exit 0 only if all pass."""

import argparse
import json
import sys

from trainer.gates import run_gates


def number(x: float | None) -> str:
    return "-" if x is None else f"{x:.4g}"


def show(v: dict):
    mark = "warning" if v["warning"] else "ok" if v["ok"] else "FAILED"
    print(f"{mark:8} {v['name']:18} {number(v['value']):>10} {number(v['limit']):>8}  {v['detail']}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trainer.gates", description="Gate one mixer.")
    parser.add_argument("file", help="Python file with a class Mixer or DeltaNet")
    parser.add_argument("--protocol", required=True, help="protocol as JSON, for example trainer/protocols/cpu.json")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    args = parser.parse_args()
    with open(args.protocol) as f:
        protocol = json.load(f)
    print(f"{'':8} {'gate':18} {'measured':>10} {'limit':>8}")
    r = run_gates(args.file, protocol, args.device, emit=show)
    print(
        f"\n{'passed' if r['ok'] else 'rejected'} in {r['seconds']:.1f} s: {r['params']:,} parameters, {r['mixerParams']:,} in mixers, "
        f"{r['flopsPerToken']:,.0f} FLOPs a token, fingerprint {r['fingerprint']}"
    )
    return 0 if r["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
