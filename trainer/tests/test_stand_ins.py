"""The stand-ins for FLA: their results, and that mixers written for FLA train on a CPU unchanged."""

import importlib
import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from trainer.load import STAND_INS, call_mixer, install_stand_ins, load_mixer_class, make_mixer
from trainer.mixers import naive
from trainer.mixers.softmax_attention import rotate
from trainer.model import Backbone

install_stand_ins()
import fla

if not fla.__file__.startswith(str(STAND_INS)):
    pytest.skip("the real fla imports here, so the stand-ins are not used", allow_module_level=True)

from fla import modules, ops
from fla.layers.utils import get_unpad_data, index_first_axis, pad_input, unpad_input
from fla.models.utils import Cache
from fla.modules.l2norm import l2_norm, l2norm

SAMPLES = sorted((Path(__file__).parent / "published_style").glob("*.py"))


@pytest.mark.parametrize("file", SAMPLES, ids=lambda f: f.stem)
class TestPublishedStyle:
    def test_trains(self, file):
        torch.manual_seed(0)
        model = Backbone(load_mixer_class(file), 32, 2, 1, 2, 16, 16)
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
        tokens = torch.randint(16, (8, 33))
        losses = []
        for _ in range(12):
            logits, aux = model(tokens[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
            losses.append(float(loss.detach()))
            optimiser.zero_grad()
            (loss if aux is None else loss + aux).backward()
            optimiser.step()
        assert all(math.isfinite(x) for x in losses)
        assert losses[-1] < 0.95 * losses[0]
        assert (aux is not None) == (file.stem == "auxiliary_loss")

    def test_autocast_only_where_types_are_mixed_by_hand(self, file):
        mixer = make_mixer(load_mixer_class(file), 32, 2, 0)
        assert mixer.needs_autocast == ("to(torch.bfloat16)" in file.read_text())

    def test_keeps_the_interface(self, file):
        mixer = make_mixer(load_mixer_class(file), 32, 2, 0)
        for length in (1, 7, 65):
            assert call_mixer(mixer, torch.randn(2, length, 32))[0].shape == (2, length, 32)


@pytest.mark.parametrize(
    "name",
    [
        "fla.layers.utils.index_put_first_axis",
        "fla.layers.utils.pad_input",
        "fla.models.utils.Cache",
        "fla.modules.FusedRMSNormSwishGate",
        "fla.modules.activations.ACT2FN",
        "fla.modules.activations.swish",
        "fla.modules.convolution.ShortConvolution",
        "fla.modules.fused_norm_gate.FusedRMSNormGated",
        "fla.modules.layernorm.rms_norm",
        "fla.modules.rotary.RotaryEmbedding",
        "fla.ops.delta_rule.fused_chunk_delta_rule",
        "fla.ops.delta_rule.fused_recurrent_delta_rule",
        "fla.ops.gated_delta_rule.chunk_gated_delta_rule",
        "fla.ops.gla.fused_chunk_gla",
        "fla.ops.linear_attn.chunk_linear_attn",
        "fla.ops.retention.chunk_retention",
        "fla.ops.simple_gla.chunk_simple_gla",
        "transformers.cache_utils.Cache",
        "transformers.processing_utils.Unpack",
        "transformers.utils.logging",
    ],
)
def test_names_exist(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


def test_norms():
    x, g = torch.randn(3, 5, 8), torch.randn(3, 5, 8)
    expected = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(modules.RMSNorm(8)(x), expected)
    torch.testing.assert_close(modules.RMSNorm(8, elementwise_affine=False, eps=1e-5)(x), expected)
    torch.testing.assert_close(modules.FusedRMSNormGated(8, eps=1e-5)(x, g), expected * F.silu(g))
    torch.testing.assert_close(modules.FusedRMSNormGated(8, activation="sigmoid")(x, g), expected * g.sigmoid())
    torch.testing.assert_close(modules.FusedRMSNormSwishGate(8)(x, g), expected * F.silu(g))
    torch.testing.assert_close(modules.LayerNorm(8)(x), F.layer_norm(x, (8,)))
    y, total = modules.RMSNorm(8)(x, residual=g, prenorm=True)
    torch.testing.assert_close(total, x + g)
    torch.testing.assert_close(y, modules.RMSNorm(8)(x + g))
    torch.testing.assert_close(l2norm(x), F.normalize(x, dim=-1))
    assert l2_norm is l2norm


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_types_come_back_as_they_went_in(dtype):
    x = torch.randn(2, 5, 8).to(dtype)
    assert l2norm(x).dtype == dtype
    assert modules.RMSNorm(8)(x).dtype == dtype
    assert modules.FusedRMSNormGated(8)(x, x).dtype == dtype
    assert modules.ShortConvolution(8, 4)(x)[0].dtype == dtype


class TestShortConvolution:
    @pytest.mark.parametrize("bias", [False, True])
    @pytest.mark.parametrize("activation", ["silu", None])
    def test_matches_its_sum(self, bias, activation):
        conv = modules.ShortConvolution(6, 4, bias=bias, activation=activation)
        x = torch.randn(2, 9, 6)
        expected = naive.naive_conv(x, conv.weight.squeeze(1)) + (conv.bias if bias else 0)
        y, state = conv(x=x, cache=None, output_final_state=False, cu_seqlens=None)
        torch.testing.assert_close(y, F.silu(expected) if activation else expected)
        assert state is None and conv.weight.shape == (6, 1, 4)

    def test_goes_on_from_its_cache(self):
        conv = modules.ShortConvolution(6, 4)
        x = torch.randn(2, 9, 6)
        whole, _ = conv(x)
        first, state = conv(x[:, :5], output_final_state=True)
        rest, state = conv(x[:, 5:], cache=state, output_final_state=True)
        assert state.shape == (2, 6, 4)
        torch.testing.assert_close(torch.cat([first, rest], 1), whole)
        torch.testing.assert_close(state, x[:, -4:].transpose(1, 2))

    def test_packed_sequences_do_not_mix(self):
        conv = modules.ShortConvolution(6, 4)
        x = torch.randn(1, 9, 6)
        y, state = conv(x, cu_seqlens=torch.tensor([0, 2, 9]), output_final_state=True)
        torch.testing.assert_close(y, torch.cat([conv(x[:, :2])[0], conv(x[:, 2:])[0]], 1))
        assert state.shape == (2, 6, 4)


def test_unpadding_and_padding():
    mask = torch.tensor([[0, 1, 1, 1], [1, 1, 0, 0]])
    x = torch.randn(2, 4, 3)
    indices, cu_seqlens, longest = get_unpad_data(mask)
    assert indices.tolist() == [1, 2, 3, 4, 5] and cu_seqlens.tolist() == [0, 3, 5] and longest == 3
    assert cu_seqlens.dtype == torch.int32
    packed = index_first_axis(x.flatten(0, 1), indices)
    torch.testing.assert_close(pad_input(packed, indices, 2, 4), x * mask.unsqueeze(-1))
    q, (k,), _, _, _ = unpad_input(x, (2 * x,), mask, 4)
    torch.testing.assert_close(k, 2 * packed)
    torch.testing.assert_close(q, packed)


def test_a_mixer_with_a_mask_and_one_with_a_cache():
    """Published mixers unpad into one sequence, and keep their convolutions' states in a cache."""
    mixer = make_mixer(load_mixer_class(SAMPLES[0].with_name("fusion.py")), 16, 2, 0)
    x = torch.randn(2, 6, 16)
    cache = Cache()
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        out, _, _ = mixer(x, attention_mask=torch.ones(2, 6, dtype=torch.long))
        _, _, returned = mixer(x, past_key_values=cache, use_cache=True)
        mixer(x, past_key_values=cache, use_cache=True)
    assert out.shape == x.shape
    assert returned is cache and len(cache) == 1 and cache.get_seq_length() == 12
    assert cache[0]["conv_state"][0].shape == (2, 16, 4) and cache[0]["attn_state"] is None


class TestOps:
    def given(self):
        torch.manual_seed(0)
        q, k, v = (torch.randn(2, 21, 3, 8) for _ in range(3))
        return q, l2norm(k), v, torch.rand(2, 21, 3), F.logsigmoid(torch.randn(2, 21, 3))

    @staticmethod
    def heads_first(*xs):
        return [x.transpose(1, 2) for x in xs]

    def check(self, found, expected):
        o, state = found
        torch.testing.assert_close(o.transpose(1, 2), expected[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(state, expected[1], rtol=1e-4, atol=1e-4)

    def test_delta_rule(self):
        q, k, v, beta, g = self.given()
        Q, K, V, Beta, G = self.heads_first(q * 8**-0.5, k, v, beta, g)
        self.check(ops.chunk_delta_rule(q, k, v, beta, output_final_state=True), naive.naive_delta_rule(Q, K, V, Beta))
        found = ops.chunk_gated_delta_rule(q, k, v, g, beta, output_final_state=True)
        self.check(found, naive.naive_delta_rule(Q, K, V, Beta, G))
        state = torch.randn(2, 3, 8, 8)
        found = ops.fused_recurrent_delta_rule(q, k, v, beta, initial_state=state, output_final_state=True, scale=1.0)
        self.check(found, naive.naive_delta_rule(Q * 8**0.5, K, V, Beta, state=state))

    def test_norm_in_kernel_and_head_first(self):
        q, k, v, beta, _ = self.given()
        plain, state = ops.chunk_delta_rule(l2norm(q), l2norm(5 * k), v, beta)
        assert state is None
        found, _ = ops.chunk_delta_rule(q, 5 * k, v, beta, use_qk_l2norm_in_kernel=True)
        torch.testing.assert_close(found, plain)
        first, _ = ops.chunk_delta_rule(*self.heads_first(l2norm(q), l2norm(5 * k), v, beta), head_first=True)
        torch.testing.assert_close(first.transpose(1, 2), plain)

    def test_linear_forms(self):
        q, k, v, _, g = self.given()
        Q, K, V, G = self.heads_first(q * 8**-0.5, k, v, g)
        self.check(ops.chunk_simple_gla(q, k, v, g, output_final_state=True), naive.naive_linear(Q, K, V, G))
        wide = F.logsigmoid(torch.randn(2, 21, 3, 8))
        found = ops.chunk_gla(q, k, v, wide, output_final_state=True)
        self.check(found, naive.naive_linear(Q, K, V, wide.transpose(1, 2)))
        self.check(ops.fused_recurrent_gla(q, k, v, gk=wide, output_final_state=True), [x for x in found_first(found)])
        decay = torch.log1p(-(2.0 ** (-5 - torch.arange(3.0)))).view(1, 3, 1).expand(2, 3, 21)
        self.check(ops.chunk_retention(q, k, v, output_final_state=True), naive.naive_linear(Q, K, V, decay))
        found = ops.chunk_linear_attn(q, k, v, normalize=False, output_final_state=True)
        self.check(found, naive.naive_linear(Q, K, V))
        positive = q.exp(), k.exp(), torch.ones_like(v)
        torch.testing.assert_close(ops.chunk_linear_attn(*positive)[0], torch.ones_like(v))

    def test_packing_is_refused(self):
        q, k, v, beta, _ = self.given()
        with pytest.raises(NotImplementedError, match="packed sequences"):
            ops.chunk_delta_rule(q, k, v, beta, cu_seqlens=torch.tensor([0, 21]))


def found_first(found):
    return found[0].transpose(1, 2), found[1]


def test_rotary():
    q, k = torch.randn(1, 5, 2, 8), torch.randn(1, 5, 2, 8)
    turned, _ = modules.RotaryEmbedding(8)(q, k)
    torch.testing.assert_close(turned.transpose(1, 2), rotate(q.transpose(1, 2)))
