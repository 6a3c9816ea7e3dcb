"""The backbone: its initialisation, its parts, and what a checkpoint of it holds."""

from pathlib import Path

import pytest
import torch
from torch import nn

from trainer.load import CandidateError, load_mixer_class
from trainer.mixers import REFERENCE
from trainer.model import Backbone, count_parameters, frozen_buffers, full_state, load_full_state, mixer_parameters

SAMPLES = Path(__file__).parent / "published_style"


def build(cls=REFERENCE["delta_net"], seed=0, layers=2, mlp_ratio=2, kwargs=None) -> Backbone:
    torch.manual_seed(seed)
    return Backbone(cls, 16, 2, layers, mlp_ratio, 11, 7, kwargs)


class Greedy(nn.Module):
    """Draws many random numbers when it is built, and reseeds the global state for good measure."""

    def __init__(self, hidden_size, num_heads, layer_idx, fill=None):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(hidden_size, hidden_size))
        self.constant = nn.Linear(hidden_size, hidden_size)
        self.layer_idx = layer_idx
        with torch.no_grad():
            self.constant.bias.fill_(4.5 if fill is None else fill)
        torch.rand(1000)
        torch.manual_seed(99)

    def forward(self, hidden_states, **kwargs):
        return hidden_states @ self.weight, None, None


def test_names_and_shapes():
    model = build()
    names = dict(model.named_parameters())
    assert names["embed.weight"].shape == (11, 16)
    assert names["head.weight"].shape == (7, 16)
    assert names["norm.weight"].shape == (16,)
    assert "blocks.1.mixer.o_proj.weight" in names or any(n.startswith("blocks.1.mixer.") for n in names)
    assert "head.bias" not in names
    assert model.head.weight is not model.embed.weight


def test_logits_are_hidden_states_times_the_head():
    model = build()
    tokens = torch.randint(11, (3, 9))
    logits, aux = model(tokens)
    hidden, _ = model.hidden(tokens)
    assert logits.shape == (3, 9, 7) and aux is None
    torch.testing.assert_close(logits, hidden @ model.head.weight.T)


def test_backbone_does_not_depend_on_what_the_mixer_draws():
    one, two = build(), build(Greedy)
    for name, p in one.named_parameters():
        if ".mixer." not in name:
            assert torch.equal(p, two.get_parameter(name)), name


def test_seed_decides_everything():
    same, again, other = build(Greedy), build(Greedy), build(Greedy, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(same.parameters(), again.parameters()))
    assert not torch.equal(same.blocks[0].mixer.weight, other.blocks[0].mixer.weight)
    assert not torch.equal(same.blocks[0].mixer.weight, same.blocks[1].mixer.weight)
    build(Greedy)
    after_greedy = torch.rand(3)
    build()
    assert torch.equal(torch.rand(3), after_greedy)


def test_the_candidates_own_initialisation_is_kept():
    model = build(Greedy)
    assert bool((model.blocks[0].mixer.constant.bias == 4.5).all())
    assert float(model.blocks[0].mixer.weight.detach().std()) > 0.5
    assert float(model.head.weight.detach().std()) < 0.03
    assert [b.mixer.layer_idx for b in model.blocks] == [0, 1]


def test_mixer_keywords_arrive():
    assert bool((build(Greedy, kwargs={"fill": -1.0}).blocks[0].mixer.constant.bias == -1).all())
    with pytest.raises(CandidateError, match="unexpected keyword argument 'wrong'"):
        build(Greedy, kwargs={"wrong": 1})


def test_counts():
    model = build(mlp_ratio=0)
    ours = 11 * 16 + 7 * 16 + 16 + 2 * 16
    assert count_parameters(model) == ours + mixer_parameters(model)
    assert mixer_parameters(model) == 2 * count_parameters(REFERENCE["delta_net"](16, 2))
    assert count_parameters(build()) - count_parameters(model) == 2 * (3 * 16 * 32 + 16)


def test_auxiliary_losses_are_summed():
    model = build(load_mixer_class(SAMPLES / "auxiliary_loss.py"))
    tokens = torch.randint(11, (2, 9))
    _, total = model(tokens)
    parts, x = [], model.embed(tokens)
    for block in model.blocks:
        x, aux = block(x)
        parts.append(aux)
    assert len(parts) == 2 and total.requires_grad
    torch.testing.assert_close(total, parts[0] + parts[1])
    with torch.no_grad():
        assert model.eval()(tokens)[1] is None


class TestState:
    """Step counters live in buffers that state_dict leaves out."""

    @pytest.fixture
    def model(self):
        model = build(load_mixer_class(SAMPLES / "step_counter.py"), kwargs={"anneal_steps": 50})
        tokens = torch.randint(11, (2, 9))
        for _ in range(3):
            model(tokens)
        return model

    def test_holds_what_state_dict_forgets(self, model):
        assert "blocks.0.mixer.step" not in model.state_dict()
        assert full_state(model)["blocks.0.mixer.step"] == 3

    def test_round_trip_gives_the_same_outputs(self, model):
        other = build(load_mixer_class(SAMPLES / "step_counter.py"), seed=5, kwargs={"anneal_steps": 50})
        tokens = torch.randint(11, (2, 9))
        load_full_state(other, full_state(model))
        assert torch.equal(other(tokens)[0], model(tokens)[0])
        assert full_state(other)["blocks.1.mixer.step"] == 4

    def test_is_a_copy(self, model):
        state = full_state(model)
        model(torch.randint(11, (2, 9)))
        assert state["blocks.0.mixer.step"] == 3
        assert len({x.data_ptr() for x in state.values()}) == len(state)

    def test_evaluation_leaves_no_trace(self, model):
        with frozen_buffers(model.eval()), torch.no_grad():
            model(torch.randint(11, (2, 9)))
            assert model.blocks[0].mixer.step == 4
            model.blocks[0].mixer.register_buffer("late", torch.ones(2))
            model.blocks[1].mixer.step = torch.tensor(70)
        assert model.blocks[0].mixer.step == 3 and model.blocks[1].mixer.step == 3
        assert not hasattr(model.blocks[0].mixer, "late")

    def test_evaluation_that_fails_leaves_none_either(self, model):
        with pytest.raises(RuntimeError, match="stop"), frozen_buffers(model):
            model(torch.randint(11, (2, 9)))
            raise RuntimeError("stop")
        assert model.blocks[0].mixer.step == 3

    def test_buffers_made_late_or_resized(self, model):
        state = full_state(model)
        state["blocks.0.mixer.late"], state["blocks.0.mixer.step"] = torch.arange(3), torch.arange(2)
        load_full_state(model, state)
        assert torch.equal(model.blocks[0].mixer.late, torch.arange(3))
        assert torch.equal(model.blocks[0].mixer.step, torch.arange(2))
        assert "blocks.0.mixer.late" not in model.state_dict()

    def test_refuses_another_models_state(self, model):
        state = full_state(model)
        with pytest.raises(ValueError, match=r"norm.weight is \(16,\), its saved state \(3,\)"):
            load_full_state(model, state | {"norm.weight": torch.ones(3)})
        with pytest.raises(ValueError, match="holds blocks.7.mixer.x"):
            load_full_state(model, state | {"blocks.7.mixer.x": torch.ones(3)})
        del state["head.weight"]
        with pytest.raises(ValueError, match="lacks head.weight"):
            load_full_state(model, state)
