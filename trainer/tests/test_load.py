"""Loading, constructing and calling candidates, and how their faults are told."""

from pathlib import Path

import pytest
import torch

from trainer.load import CandidateError, call_mixer, load_mixer_class, make_mixer

SAMPLES = Path(__file__).parent / "published_style"

GOOD = """
import torch
class {name}(torch.nn.Module):
    def __init__(self, hidden_size, num_heads, layer_idx, **kwargs):
        super().__init__()
        self.proj = torch.nn.Linear(hidden_size, hidden_size)
    def forward(self, hidden_states, **kwargs):
        y = self.proj(hidden_states)
        return {returned}
"""


def write(tmp_path, text, name="candidate.py"):
    file = tmp_path / name
    file.write_text(text)
    return file


def load(tmp_path, returned="y, None, None", name="Mixer"):
    return load_mixer_class(write(tmp_path, GOOD.format(name=name, returned=returned)))


@pytest.mark.parametrize("name", ["Mixer", "DeltaNet"])
def test_finds_the_class(tmp_path, name):
    cls = load(tmp_path, name=name)
    assert cls.__name__ == name
    assert isinstance(make_mixer(cls, 8, 2, 0), cls)


def test_mixer_comes_before_delta_net():
    assert load_mixer_class(SAMPLES / "kept_loss.py").__name__ == "Mixer"


@pytest.mark.parametrize(
    ("text", "message", "detail"),
    [
        ("def f(:\n", "does not import: SyntaxError", "def f(:"),
        ("import no_such_package\n", "No module named 'no_such_package'", "line 1"),
        ("x = 1\ny = x / 0\n", "ZeroDivisionError", "line 2"),
        ("raise SystemExit(3)\n", "SystemExit: 3", "line 1"),
        ("class Attention: pass\n", "has no class named Mixer or DeltaNet: it defines Attention", ""),
        ("class Mixer: pass\n", "is not a torch.nn.Module class", ""),
        ("def Mixer(**kwargs): pass\n", "is not a torch.nn.Module class", ""),
    ],
)
def test_says_why_it_does_not_load(tmp_path, text, message, detail):
    with pytest.raises(CandidateError) as caught:
        load_mixer_class(write(tmp_path, text))
    assert caught.value.kind == "interface"
    assert message in caught.value.message
    assert detail in caught.value.detail
    assert "trainer/load.py" not in caught.value.detail


def test_a_missing_file(tmp_path):
    with pytest.raises(CandidateError, match="cannot be read"):
        load_mixer_class(tmp_path / "absent.py")


def test_a_changed_file_is_read_again(tmp_path):
    assert load(tmp_path, name="Mixer").__name__ == "Mixer"
    assert load(tmp_path, name="DeltaNet").__name__ == "DeltaNet"
    assert not (tmp_path / "__pycache__").exists()


def test_a_failing_constructor_is_quoted(tmp_path):
    text = GOOD.format(name="Mixer", returned="y").replace("super().__init__()", "super().__init__(); kwargs['width']")
    with pytest.raises(CandidateError) as caught:
        make_mixer(load_mixer_class(write(tmp_path, text)), 8, 2, 0)
    assert caught.value.message == "The mixer cannot be constructed: KeyError: 'width'."
    assert "line 5, in __init__" in caught.value.detail and "kwargs['width']" in caught.value.detail


def test_a_constructor_that_wants_positions_is_told(tmp_path):
    text = GOOD.format(name="Mixer", returned="y").replace("layer_idx, **kwargs", "layer, /")
    with pytest.raises(CandidateError, match="unexpected keyword argument|positional"):
        make_mixer(load_mixer_class(write(tmp_path, text)), 8, 2, 0)


@pytest.mark.parametrize("returned", ["y", "(y,)", "y, None", "(y, None, kwargs)", "[y, y.sum(-1), None]"])
def test_accepted_returns(tmp_path, returned):
    mixer = make_mixer(load(tmp_path, returned), 8, 2, 0)
    x = torch.randn(2, 5, 8)
    out, aux = call_mixer(mixer, x)
    assert aux is None
    torch.testing.assert_close(out, mixer.proj(x))


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", "returned a NoneType where the output tensor belongs"),
        ("{'out': y}", "returned a dict"),
        ("(y, None, None, None)", "returned 4 values"),
        ("y[:, :-1]", r"gave shape \(2, 4, 8\) for an input of \(2, 5, 8\)"),
    ],
)
def test_refused_returns(tmp_path, returned, message):
    with pytest.raises(CandidateError, match=message) as caught:
        call_mixer(make_mixer(load(tmp_path, returned), 8, 2, 0), torch.randn(2, 5, 8))
    assert caught.value.kind == "interface"


def test_only_a_scalar_with_a_gradient_is_a_loss(tmp_path):
    x = torch.randn(2, 5, 8)
    mixer = make_mixer(load(tmp_path, "y, y.square().mean().view(1, 1), None"), 8, 2, 0)
    _, aux = call_mixer(mixer, x)
    assert aux.shape == () and aux.requires_grad
    with torch.no_grad():
        assert call_mixer(mixer, x)[1] is None
    for other in ("y.mean().detach()", "0.5", "y.mean(-1)"):
        assert call_mixer(make_mixer(load(tmp_path, f"y, {other}, None"), 8, 2, 0), x)[1] is None


def test_compiling_is_skipped():
    cls = load_mixer_class(SAMPLES / "script_and_compile.py")
    mixer = make_mixer(cls, 8, 2, 0)
    assert type(mixer.out) is torch.nn.Linear
    out, aux = call_mixer(mixer, torch.randn(2, 5, 8))
    assert out.shape == (2, 5, 8) and aux is None


class TestAutocast:
    def test_hand_casts_run_under_autocast(self):
        mixer = make_mixer(load_mixer_class(SAMPLES / "fusion.py"), 16, 2, 0)
        assert mixer.needs_autocast
        x = torch.randn(2, 9, 16, requires_grad=True)
        with pytest.raises(RuntimeError):
            mixer(x)
        out, _ = call_mixer(mixer, x)
        assert out.dtype == torch.float32
        out.square().mean().backward()
        assert torch.isfinite(x.grad).all()

    def test_others_stay_in_fp32(self, tmp_path):
        assert not make_mixer(load(tmp_path), 8, 2, 0).needs_autocast

    def test_a_broken_forward_is_called_plainly(self, tmp_path):
        mixer = make_mixer(load(tmp_path, "undefined"), 8, 2, 0)
        with pytest.raises(NameError):
            call_mixer(mixer, torch.randn(1, 3, 8))

    def test_trying_changes_nothing(self):
        cls = load_mixer_class(SAMPLES / "step_counter.py")
        torch.manual_seed(0)
        cls(hidden_size=8, num_heads=2, layer_idx=0)
        expected = torch.rand(3)
        torch.manual_seed(0)
        mixer = make_mixer(cls, 8, 2, 0)
        assert torch.equal(torch.rand(3), expected)
        assert mixer.step == 0
