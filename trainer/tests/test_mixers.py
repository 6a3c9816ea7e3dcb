"""Every chunked form against its recurrence, values and gradients; every reference mixer for causality, length and types."""

import pytest
import torch
import torch.nn.functional as F

from trainer import bench
from trainer.load import call_mixer, load_mixer_class, make_mixer
from trainer.mixers import REFERENCE, reference_file, widened_kwargs
from trainer.mixers.chunked import chunk_gla, chunk_linear
from trainer.mixers.common import RMSNorm, ShortConv, causal_conv, l2norm
from trainer.mixers.delta_rule import chunk_delta_rule
from trainer.mixers.naive import naive_attention, naive_conv, naive_delta_rule, naive_linear
from trainer.mixers.softmax_attention import rotate

LENGTHS = [1, 15, 32, 33, 65]
CHUNKS = [16, 32, 64]
TOLERANCE = {torch.float64: 1e-10, torch.float32: 2e-4}  # of the largest value


def inputs(length, dtype, *, decay=None, largest_beta=None, given_state=False):
    """q, k, v, then beta and g where asked for, then the state; leaves that need a gradient."""
    generator = torch.Generator().manual_seed(length)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    q, k, v = draw(2, 3, length, 8), l2norm(draw(2, 3, length, 8)), draw(2, 3, length, 6)
    found = {"q": q, "k": k, "v": v}
    if largest_beta:
        found["beta"] = largest_beta * draw(2, 3, length).sigmoid()
    if decay:
        found["g"] = F.logsigmoid(draw(2, 3, length) if decay == "head" else draw(2, 3, length, 8))
    if given_state:
        found["state"] = draw(2, 3, 8, 6)
    return {name: x.to(dtype).requires_grad_() for name, x in found.items()}


def assert_same(form, naive, given, dtype):
    """Outputs, last states and gradients of all inputs agree."""
    results = []
    for f in (form, naive):
        o, s = f(**given)
        generator = torch.Generator().manual_seed(7)
        loss = sum((x * torch.randn(x.shape, generator=generator, dtype=torch.float64).to(dtype)).sum() for x in (o, s))
        results.append([o, s, *torch.autograd.grad(loss, list(given.values()))])
    for name, a, b in zip(["o", "last state", *(f"gradient of {n}" for n in given)], *results):
        a, b = a.detach(), b.detach()
        limit = TOLERANCE[dtype] * max(1.0, float(b.abs().max()))
        assert torch.isfinite(a).all() and float((a - b).abs().max()) <= limit, name


@pytest.mark.parametrize("chunk", CHUNKS)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
class TestAgainstRecurrence:
    @pytest.mark.parametrize("largest_beta", [1.0, 2.0])
    @pytest.mark.parametrize("decay", [None, "head"])
    def test_delta_rule(self, dtype, length, chunk, decay, largest_beta):
        given = inputs(length, dtype, decay=decay, largest_beta=largest_beta, given_state=length % 2 == 1)
        assert_same(lambda **x: chunk_delta_rule(**x, chunk=chunk), naive_delta_rule, given, dtype)

    @pytest.mark.parametrize("decay", [None, "head"])
    def test_linear(self, dtype, length, chunk, decay):
        given = inputs(length, dtype, decay=decay, given_state=length % 2 == 1)
        assert_same(lambda **x: chunk_linear(**x, chunk=chunk), naive_linear, given, dtype)

    def test_gla(self, dtype, length, chunk):
        given = inputs(length, dtype, decay="channel", given_state=length % 2 == 1)
        with torch.no_grad():
            given["g"].clamp_(-63 / chunk)
        assert_same(lambda **x: chunk_gla(**x, chunk=chunk), naive_linear, given, dtype)


def test_delta_rule_passes_gradcheck():
    given = inputs(9, torch.float64, decay="head", largest_beta=2.0, given_state=True)
    names = list(given)
    assert torch.autograd.gradcheck(
        lambda *x: chunk_delta_rule(**dict(zip(names, x)), chunk=4), tuple(given.values()), fast_mode=True
    )


@pytest.mark.parametrize("form", [chunk_linear, chunk_gla, chunk_delta_rule])
def test_strong_decay_over_a_long_time_stays_finite(form):
    """Decays of exp(-60) a step, 300 steps: exp(cumsum) would overflow in its inverse."""
    q, k, v = (torch.randn(1, 2, 300, 8, requires_grad=True) for _ in range(3))
    g = torch.full((1, 2, 300, 8) if form is chunk_gla else (1, 2, 300), -60.0, requires_grad=True)
    more = {"beta": torch.rand(1, 2, 300)} if form is chunk_delta_rule else {}
    o, s = form(q, l2norm(k), v, g=g, **more)
    (o.sum() + s.sum()).backward()
    assert all(torch.isfinite(x).all() for x in (o, s, q.grad, k.grad, v.grad, g.grad))


def test_gla_follows_decays_down_to_its_floor():
    given = inputs(70, torch.float32, decay="channel")
    g = (given["g"].detach() * 4).clamp_min(-3.99)
    o, _ = chunk_gla(given["q"], given["k"], given["v"], g)
    expected, _ = naive_linear(given["q"], given["k"], given["v"], g)
    torch.testing.assert_close(o, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [1, 4, 7])
@pytest.mark.parametrize("length", [1, 3, 11])
def test_convolution_is_causal_and_matches_its_sum(size, length):
    x, w = torch.randn(2, length, 5, dtype=torch.float64), torch.randn(5, size, dtype=torch.float64)
    torch.testing.assert_close(causal_conv(x, w), naive_conv(x, w))
    conv = ShortConv(5, 4).double()
    torch.testing.assert_close(conv(x), F.silu(naive_conv(x, conv.weight)))


def test_norms():
    x = torch.randn(3, 8, dtype=torch.float64)
    norm = RMSNorm(8, eps=0.0).double()
    with torch.no_grad():
        norm.weight.copy_(torch.arange(8))
    torch.testing.assert_close(norm(x), x / x.square().mean(-1, keepdim=True).sqrt() * torch.arange(8))
    torch.testing.assert_close(l2norm(x).norm(dim=-1), torch.ones(3, dtype=torch.float64), rtol=1e-5, atol=0)


def test_softmax_attention_matches_its_sum():
    mixer = REFERENCE["softmax_attention"](16, 2, use_short_conv=False).double()
    x = torch.randn(2, 13, 16, dtype=torch.float64)
    q, k, v = (h.unflatten(-1, (2, 8)).transpose(1, 2) for h in mixer.qkv_proj(x).chunk(3, -1))
    o = naive_attention(rotate(q), rotate(k), v).transpose(1, 2).flatten(-2)
    torch.testing.assert_close(mixer(x)[0], mixer.o_proj(o))


def test_rotation_depends_on_distance_alone():
    q, k = torch.randn(8, dtype=torch.float64), torch.randn(8, dtype=torch.float64)
    turned_q, turned_k = (rotate(x.expand(1, 1, 20, 8)) for x in (q, k))
    scores = (turned_q @ turned_k.mT)[0, 0]
    for distance in (0, 3, 11):
        diagonal = scores.diagonal(-distance)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal))
    assert not torch.allclose(scores[5, 2], scores[5, 5])


@pytest.mark.parametrize("name", REFERENCE)
@pytest.mark.parametrize("use_short_conv", [True, False])
class TestEveryMixer:
    def build(self, name, use_short_conv):
        torch.manual_seed(0)
        mixer = make_mixer(REFERENCE[name], 32, 2, 0, use_short_conv=use_short_conv).double()
        with torch.no_grad():  # away from the initialisation, where gates may hide something
            for p in mixer.parameters():
                p += 0.05 * torch.randn_like(p)
        return mixer

    def test_future_and_length_do_not_show(self, name, use_short_conv):
        mixer = self.build(name, use_short_conv)
        x = torch.randn(2, 101, 32, dtype=torch.float64)
        changed = x.clone()
        changed[:, 50:] = 3 * torch.randn(2, 51, 32, dtype=torch.float64)
        before, after = call_mixer(mixer, x)[0], call_mixer(mixer, changed)[0]
        assert float((before - after)[:, :50].detach().abs().max()) == 0.0
        assert not torch.equal(before[:, 50:], after[:, 50:])
        for length in (1, 16, 50):
            torch.testing.assert_close(call_mixer(mixer, x[:, :length])[0], before[:, :length], rtol=1e-9, atol=1e-12)

    def test_types(self, name, use_short_conv):
        mixer = self.build(name, use_short_conv).float()
        x = torch.randn(2, 40, 32)
        exact = call_mixer(mixer, x)[0]
        assert exact.dtype == torch.float32
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded, aux = call_mixer(mixer, x)
        rounded.float().square().mean().backward()
        assert aux is None
        assert float((rounded - exact).abs().max()) < 0.1 * float(exact.abs().max())
        assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in mixer.parameters())

    def test_large_inputs_over_a_long_time(self, name, use_short_conv):
        mixer = self.build(name, use_short_conv).float()
        x = (30 * torch.randn(1, 1025, 32)).requires_grad_()
        out = call_mixer(mixer, x)[0]
        out.square().mean().backward()
        assert torch.isfinite(out).all() and torch.isfinite(x.grad).all()
        assert all(torch.isfinite(p.grad).all() for p in mixer.parameters())


@pytest.mark.parametrize("name", REFERENCE)
def test_the_file_loads_as_a_candidate(name):
    mixer = make_mixer(load_mixer_class(reference_file(name)), 32, 2, 1)
    assert call_mixer(mixer, torch.randn(1, 7, 32))[0].shape == (1, 7, 32)


def test_beta_may_reach_two():
    """With allow_neg_eigval beta is twice as large: the two differ, and the first erases more than it holds."""
    x = torch.randn(1, 20, 32)
    outs = []
    for allow in (False, True):
        torch.manual_seed(0)
        outs.append(REFERENCE["delta_net"](32, 2, allow_neg_eigval=allow)(x)[0])
    assert not torch.allclose(*outs)


@pytest.mark.parametrize(("hidden_size", "num_heads"), [(32, 2), (64, 2), (128, 4)])
@pytest.mark.parametrize("width", [1.5, 2.0])
def test_widened_baseline_has_the_wanted_size(width, hidden_size, num_heads):
    def count(**kwargs):
        return sum(p.numel() for p in REFERENCE["delta_net"](hidden_size, num_heads, **kwargs).parameters())

    assert count(**widened_kwargs(width, hidden_size, num_heads)) / count() == pytest.approx(width, rel=0.03)


def test_unknown_reference():
    with pytest.raises(KeyError, match="there are softmax_attention"):
        reference_file("nothing")


def test_bench_compares_the_three_forms(monkeypatch):
    monkeypatch.setattr(bench, "TOKENS", 64)
    row = bench.bench(32, "cpu", repeats=1)
    assert row["T"] == 32 and min(row["chunked"], row["naive"], row["sdpa"]) > 0
    assert row["overNaive"] == pytest.approx(row["chunked"] / row["naive"])
    assert row["overSdpa"] == pytest.approx(row["chunked"] / row["sdpa"])
