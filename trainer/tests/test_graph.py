"""The graph of a mixer: what is a node, what is passed through, what a loop looks like, and when there is none."""

import time
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from trainer.gates import graph as module
from trainer.gates.exact import Settings
from trainer.gates.graph import NODES, reaching, trace
from trainer.load import load_mixer_class
from trainer.mixers import REFERENCE, reference_file

torch.set_num_threads(1)
PUBLISHED = sorted((Path(__file__).parent / "published_style").glob("*.py"))


def traced(cls, size=16, **kwargs):
    return trace(Settings(cls, size, 2, "cpu", kwargs))


def connected(graph):
    edges = [tuple(e) for e in graph["edges"]]
    ids = [n["id"] for n in graph["nodes"]]
    return "in" in reaching(edges, "out") and reaching(edges, "out") | {"in"} == set(ids) and len(set(ids)) == len(ids)


def ops(graph):
    return [n["op"] for n in graph["nodes"]]


def node(graph, **wanted):
    found = [n for n in graph["nodes"] if all(n[k] == v for k, v in wanted.items())]
    assert len(found) == 1, f"{wanted} is {len(found)} of {graph['nodes']}"
    return found[0]


@pytest.mark.parametrize("file", [*map(reference_file, REFERENCE), *PUBLISHED], ids=lambda p: p.stem)
def test_the_input_leads_to_the_output(file):
    graph = traced(load_mixer_class(file), 32)
    assert connected(graph)
    assert graph["nodes"][0]["id"] == "in" and graph["nodes"][-1]["id"] == "out"
    assert all(n["line"] for n in graph["nodes"][1:-1])
    assert graph == traced(load_mixer_class(file), 32)  # the same every time


def test_projections_are_named_and_branches_stay_apart():
    graph = traced(load_mixer_class(reference_file("delta_net")), 32)
    for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
        assert node(graph, module=f"heads.{name}") | {"op": "Linear", "params": 32 * 32, "count": 1, "shape": "B T 32"}
    assert node(graph, module="b_proj")["shape"] == "B T 2"
    assert ops(graph).count("rsqrt") == 2  # one helper, called for queries and for keys


class Base(nn.Module):
    def __init__(self, hidden_size, num_heads, layer_idx=None, **kwargs):
        super().__init__()
        self.proj = nn.Linear(hidden_size, hidden_size)
        self.decay = nn.Parameter(torch.zeros(hidden_size))


class Loop(Base):
    def forward(self, x):
        state, out = torch.zeros_like(x[:, 0]), []
        for t in range(x.shape[1]):
            state = state * self.decay.sigmoid() + self.proj(x[:, t])
            out.append(state)
        return torch.stack(out, 1)


def test_a_loop_over_time_is_drawn_once_with_its_state_going_back():
    graph = traced(Loop)
    assert ops(graph) == ["in", "Parameter", "sigmoid", "mul", "Linear", "add", "stack", "out"]
    assert connected(graph)
    mul, add = node(graph, op="mul"), node(graph, op="add")
    assert add["count"] == node(graph, op="Linear")["count"] == module.LENGTH
    assert [add["id"], mul["id"]] in graph["edges"]
    assert add["line"] == mul["line"]


class Views(Base):
    def forward(self, x):
        q, k = torch.cat((self.proj(x), torch.ones_like(x)), -1).chunk(2, -1)
        q = q.reshape(*q.shape[:2], 2, -1).transpose(1, 2).to(torch.float64).float().contiguous()
        out = x.new_zeros(x.shape)
        out[:, 1:] = (F.silu(q).transpose(1, 2).flatten(2) + k)[:, :-1]
        unused = x.exp()  # noqa: F841 as a candidate might
        return out


def test_views_constants_and_what_is_unused_are_no_nodes():
    graph = traced(Views)
    assert ops(graph) == ["in", "Linear", "cat", "silu", "add", "write", "out"]
    assert connected(graph)
    assert node(graph, op="silu")["shape"] == "B 2 T 8"
    assert graph["note"] == "1 operation that the output does not depend on left out."


class Recursive(Base):
    def scan(self, x):
        return x if x.shape[1] == 1 else torch.cat((self.scan(x[:, : x.shape[1] // 2]), x.cos()), 1)

    def forward(self, x):
        return self.scan(x)[:, : x.shape[1]]


def test_recursion_is_a_loop_too():
    graph = traced(Recursive)
    assert ops(graph).count("cos") == 1 and node(graph, op="cos")["count"] > 3


class Long(Base):
    def forward(self, x):
        for step in STEPS:
            x = step(x)
        return x


STEPS = [eval("lambda x: x.sin()") for _ in range(NODES + 50)]  # code, and so a place, of its own


def test_a_long_program_is_cut_to_what_a_graph_may_hold():
    graph = traced(Long)
    assert len(graph["nodes"]) <= NODES and graph["note"]


class Slow(Base):
    def forward(self, x):
        try:
            while x.shape[1] == module.LENGTH:
                x = x + 1
        except Exception:  # noqa: BLE001, S110 a candidate may catch this
            pass
        return x


class Broken(Base):
    def forward(self, x):
        raise SystemExit


def test_there_is_none_where_it_takes_too_long_or_fails():
    began = time.perf_counter()
    assert trace(Settings(Slow, 16, 2, "cpu", {}), 0.2) is None
    assert time.perf_counter() - began < 60
    assert traced(Broken) is None
    assert traced(Loop) is not None  # nothing is left behind
