"""Held-out tokens to final hidden states. Sandboxed: it sees no targets, and computes no metric."""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from trainer.files import publish
from trainer.model import frozen_buffers
from trainer.train import candidate_code, seed_step


def hidden_states(model: torch.nn.Module, tokens: torch.Tensor, size: int, device: str) -> torch.Tensor:
    """tokens (N, T) int64 -> hidden states after the final norm (N, T, D) float32, in evaluation mode.

    All batches have the same number of rows (the last is filled up with its own first row), because kernels round
    differently for other shapes, and a probe pair may lie in two batches.
    """
    model.eval()
    seed_step(0, 0)
    parts = []
    with torch.no_grad(), candidate_code("Reading the held-out sequences failed"):
        for rows in tokens.split(size):
            full = torch.cat([rows, rows[:1].expand(size - len(rows), -1)]).to(device)
            with frozen_buffers(model):  # a counter that ticks between two batches would look like a leak
                h, _ = model.hidden(full)
            parts.append(h[: len(rows)].float().cpu())
    return torch.cat(parts)


def infer(model: torch.nn.Module, heldout: Path, out: Path, size: int, device: str):
    """Reads "tokens" from `heldout`, writes <out>/hidden.safetensors."""
    tokens = load_file(heldout)["tokens"]
    tmp = out / "hidden.safetensors.tmp"
    save_file({"hidden": hidden_states(model, tokens, size, device).contiguous()}, tmp)
    publish(tmp, out / "hidden.safetensors")
