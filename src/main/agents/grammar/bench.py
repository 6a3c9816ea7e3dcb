"""Time and FLOPs of programs, for the cost table in productions.ts: python bench.py programs.json (see bench.ts).

Time: forward and backward of a (32, 128, D) batch on one core, the fastest of several. FLOPs: as the gates count them.
"""

import json
import sys
import time

import torch

from trainer.gates.counters import Counter


def main():
    torch.set_num_threads(1)
    with open(sys.argv[1]) as f:
        job = json.load(f)
    d, heads = job["dims"]["d"], job["dims"]["heads"]
    reports = []
    for program in job["programs"]:
        space = {}
        exec(compile(program["code"], "mixer.py", "exec"), space)  # noqa: S102 programs of our own grammar
        mixer = space["Mixer"](hidden_size=d, num_heads=heads)
        x = torch.randn(32, 128, d, requires_grad=True)
        took = []
        for _ in range(job.get("repeats", 12)):
            start = time.perf_counter()
            mixer(x)[0].sum().backward()
            took.append(time.perf_counter() - start)
        with torch.no_grad(), Counter() as counter:
            mixer(x[:1].detach())
        reports.append({"name": program["name"], "ms": 1e3 * min(took), "flops": counter.flops / 128})
    json.dump(reports, sys.stdout)


if __name__ == "__main__":
    main()
