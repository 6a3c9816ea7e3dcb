/**
 * Python of the operations that are more than one line: plain PyTorch, causal, parallel over time. A program carries
 * only those it uses. Each was tested against a naive loop (library.test.ts).
 */

export interface Helper {
  needs: readonly string[];
  source: string;
}

const unit = `
def unit(x):
    """Unit length along the last axis, smooth at zero."""
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6)
`;

const split_heads = `
def split_heads(x, heads):
    """(B, T, D) -> (B, H, T, E)"""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
`;

const merge_heads = `
def merge_heads(x):
    """(B, H, T, E) -> (B, T, D)"""
    return x.transpose(1, 2).flatten(2)
`;

const split_chunks = `
def split_chunks(x, chunk):
    """(B, H, T, E) -> (B, H, N, C, E), zero-padded at the end."""
    return F.pad(x, (0, 0, 0, -x.shape[2] % chunk)).unflatten(2, (-1, chunk))
`;

const past_states = `
def past_states(update, decay):
    """State before each chunk: S_n = decay_n * S_{n-1} + update_n. update: (B, H, N, E, E)"""
    state, past = torch.zeros_like(update[:, :, 0]), []
    for n in range(update.shape[2]):  # over chunks, not tokens
        past.append(state)
        state = decay[:, :, n] * state + update[:, :, n]
    return torch.stack(past, 2)
`;

const ShortConv = `
class ShortConv(nn.Module):
    """Causal depthwise convolution: y_t = sum_j w_j * x_{t - (kernel - 1 - j) * dilation}."""

    def __init__(self, size, kernel, dilation=1):
        super().__init__()
        self.dilation = dilation
        self.weight = nn.Parameter(torch.empty(kernel, size).uniform_(-1, 1) * kernel**-0.5)

    def forward(self, x):  # (B, T, D)
        T, step, last = x.shape[1], self.dilation, len(self.weight) - 1
        past = F.pad(x, (0, 0, last * step, 0))
        return sum(w * past[:, j * step : j * step + T] for j, w in enumerate(self.weight))
`;

const TokenShift = `
class TokenShift(nn.Module):
    """y_t = x_t + mix * (x_{t - steps} - x_t), one mix a channel (RWKV, Peng et al. 2023)."""

    def __init__(self, size, steps):
        super().__init__()
        self.steps = steps
        self.mix = nn.Parameter(torch.linspace(0, 1, size))

    def forward(self, x):  # (B, T, D)
        past = F.pad(x, (0, 0, self.steps, 0))[:, : x.shape[1]]
        return x + self.mix * (past - x)
`;

const HeadNorm = `
class HeadNorm(nn.Module):
    """RMS norm over the channels of each head."""

    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.norm = nn.RMSNorm(size // heads, eps=1e-5)

    def forward(self, x):  # (B, T, D)
        return self.norm(x.unflatten(-1, (self.heads, -1))).flatten(-2)
`;

const HeadLinear = `
class HeadLinear(nn.Module):
    """One E x E projection a head: a block-diagonal linear map."""

    def __init__(self, size, heads):
        super().__init__()
        width = size // heads
        self.weight = nn.Parameter(torch.empty(heads, width, width).uniform_(-1, 1) * width**-0.5)

    def forward(self, x):  # (B, T, D)
        x = x.unflatten(-1, (self.weight.shape[0], -1)).transpose(1, 2)  # (B, H, T, E)
        return (x @ self.weight).transpose(1, 2).flatten(2)
`;

const linear_scan = `
def linear_scan(a, b):
    """h_t = a_t * h_{t-1} + b_t by odd-even reduction (Blelloch 1990): O(T) work in log T steps. a, b: (B, T, D)"""
    T = b.shape[1]
    if T == 1:
        return b
    if T % 2:  # the last step on its own
        h = linear_scan(a[:, :-1], b[:, :-1])
        return torch.cat((h, a[:, -1:] * h[:, -1:] + b[:, -1:]), 1)
    a0, a1, b0, b1 = a[:, 0::2], a[:, 1::2], b[:, 0::2], b[:, 1::2]
    odd = linear_scan(a1 * a0, a1 * b0 + b1)
    even = b0 + a0 * F.pad(odd, (0, 0, 1, 0))[:, :-1]
    return torch.stack((even, odd), 2).flatten(1, 2)
`;

const LongConv = `
class LongConv(nn.Module):
    """Causal convolution with the whole past, by FFT padded to 2T.

    Filter of damped cosines: k(t) = sum_j w_j exp(-r_j t) cos(f_j t), a diagonal state space (S4D, Gu et al. 2022).
    """

    def __init__(self, size, modes):
        super().__init__()
        rate = torch.logspace(-2.5, -0.3, modes).repeat(size, 1)  # memories of about 300 to 2 tokens
        self.log_rate = nn.Parameter(rate.log())  # (D, J)
        self.freq = nn.Parameter(torch.rand(size, modes) * rate.sqrt())
        self.weight = nn.Parameter(torch.randn(size, modes) * (2 * rate / modes).sqrt())

    def forward(self, x):  # (B, T, D)
        T = x.shape[1]
        t = torch.arange(T, device=x.device, dtype=self.weight.dtype).view(-1, 1, 1)
        k = (self.weight * torch.exp(-self.log_rate.exp() * t) * torch.cos(self.freq * t)).sum(-1)  # (T, D)
        spectrum = torch.fft.rfft(x.to(k.dtype), 2 * T, dim=1) * torch.fft.rfft(k, 2 * T, dim=0)
        return torch.fft.irfft(spectrum, 2 * T, dim=1)[:, :T].to(x.dtype)
`;

const cummean = `
def cummean(x):
    """Mean of the tokens so far. x: (B, T, D)"""
    count = torch.arange(1, x.shape[1] + 1, device=x.device, dtype=x.dtype)
    return x.cumsum(1) / count[:, None]
`;

const WindowAttention = `
class WindowAttention(nn.Module):
    """Softmax attention over the last width tokens, with a learned bias for each distance; blocks of width."""

    def __init__(self, heads, width):
        super().__init__()
        self.width = width
        slopes = 2.0 ** -torch.arange(1, heads + 1)
        self.bias = nn.Parameter(-slopes[:, None] * torch.arange(width))  # (H, W), ALiBi at the start

    def forward(self, q, k, v):  # (B, H, T, E)
        T, W = q.shape[2], self.width
        q, k, v = (split_chunks(x, W) for x in (q, k, v))  # (B, H, N, W, E)
        k, v = (torch.cat((F.pad(x, (0, 0, 0, 0, 1, 0))[:, :, :-1], x), 3) for x in (k, v))  # block before, and own
        i, j = torch.arange(W, device=q.device), torch.arange(2 * W, device=q.device)
        distance = i[:, None] + W - j  # (W, 2W)
        allowed = ((distance >= 0) & (distance < W)).repeat(q.shape[2], 1, 1)  # (N, W, 2W)
        allowed[0, :, :W] = False  # nothing comes before the first block
        scores = q @ k.mT * q.shape[-1] ** -0.5 + self.bias[:, None, distance.clamp(0, W - 1)]
        weights = scores.masked_fill(~allowed, float("-inf")).softmax(-1)  # (B, H, N, W, 2W)
        return (weights @ v).flatten(2, 3)[:, :, :T]
`;

const linear_attention = `
def linear_attention(q, k, v, chunk=32):
    """o_t = sum_{s<=t} (q_t . k_s) v_s, chunk by chunk (Katharopoulos et al. 2020). q, k, v: (B, H, T, E)"""
    T = q.shape[2]
    q, k, v = (split_chunks(x, chunk) for x in (q, k, v))  # (B, H, N, C, E)
    past = F.pad(k.mT @ v, (0, 0, 0, 0, 1, 0))[:, :, :-1].cumsum(2)  # state before each chunk
    out = q @ past + (q @ k.mT).tril() @ v
    return out.flatten(2, 3)[:, :, :T]
`;

const decayed_linear_attention = `
def decayed_linear_attention(q, k, v, log_decay, chunk=32):
    """S_t = a_t S_{t-1} + k_t v_t^T, o_t = S_t^T q_t with one decay a head (RetNet, Mamba-2). log_decay: (B, H, T)"""
    T = q.shape[2]
    q, k, v, g = (split_chunks(x, chunk) for x in (q, k, v, log_decay.unsqueeze(-1)))
    g = g.cumsum(3)  # (B, H, N, C, 1)
    last = g[:, :, :, -1:]
    future = torch.ones(chunk, chunk, dtype=torch.bool, device=q.device).triu(1)
    between = (g - g.mT).masked_fill(future, float("-inf")).exp()  # decay from s to t
    past = past_states((k * (last - g).exp()).mT @ v, last.exp())
    out = (q * g.exp()) @ past + (q @ k.mT * between) @ v
    return out.flatten(2, 3)[:, :, :T]
`;

const gated_linear_attention = `
def gated_linear_attention(q, k, v, log_decay, chunk=32):
    """S_t = diag(a_t) S_{t-1} + k_t v_t^T, o_t = S_t^T q_t (GLA, Yang et al. 2024). log_decay in (-1, 0): (B, H, T, E)

    The bound keeps exp(-sum of log decays) of a chunk below e^32.
    """
    T = q.shape[2]
    q, k, v, g = (split_chunks(x, chunk) for x in (q, k, v, log_decay))
    g = g.cumsum(3)  # (B, H, N, C, E)
    last = g[:, :, :, -1:]
    past = past_states((k * (last - g).exp()).mT @ v, last.exp().mT)
    q = q * g.exp()
    out = q @ past + (q @ (k * (-g).exp()).mT).tril() @ v
    return out.flatten(2, 3)[:, :, :T]
`;

const delta_rule = `
def delta_rule(q, k, v, beta, chunk=32):
    """S_t = S_{t-1} + beta_t k_t (v_t - S_{t-1}^T k_t)^T, o_t = S_t^T q_t; WY form (DeltaNet, Yang et al. 2024).

    q, k, v: (B, H, T, E), k of unit length; beta: (B, H, T, 1)
    """
    T = q.shape[2]
    q, k, v, beta = (split_chunks(x, chunk) for x in (q, k, v, beta))  # (B, H, N, C, E)
    lower = (beta * k @ k.mT).tril(-1)
    right = torch.cat((beta * v, beta * k), -1)
    u, w = torch.linalg.solve_triangular(lower, right, upper=False, unitriangular=True).chunk(2, -1)
    inside = (q @ k.mT).tril()
    state, out = torch.zeros_like(k[:, :, 0, :1].mT @ v[:, :, 0, :1]), []
    for n in range(q.shape[2]):  # over chunks, not tokens
        new = u[:, :, n] - w[:, :, n] @ state
        out.append(q[:, :, n] @ state + inside[:, :, n] @ new)
        state = state + k[:, :, n].mT @ new
    return torch.cat(out, 2)[:, :, :T]
`;

const gated_delta_rule = `
def gated_delta_rule(q, k, v, beta, log_decay, chunk=32):
    """S_t = a_t S_{t-1} + beta_t k_t (v_t - a_t S_{t-1}^T k_t)^T, o_t = S_t^T q_t (Gated DeltaNet, Yang et al. 2025).

    q, k, v: (B, H, T, E), k of unit length; beta: (B, H, T, 1); log_decay: (B, H, T)
    """
    T = q.shape[2]
    q, k, v, beta, g = (split_chunks(x, chunk) for x in (q, k, v, beta, log_decay.unsqueeze(-1)))
    g = g.cumsum(3)  # (B, H, N, C, 1)
    last = g[:, :, :, -1:]
    future = torch.ones(chunk, chunk, dtype=torch.bool, device=q.device).triu(1)
    between = (g - g.mT).masked_fill(future, float("-inf")).exp()  # decay from s to t
    lower = (beta * k @ k.mT * between).tril(-1)
    right = torch.cat((beta * v, beta * k * g.exp()), -1)
    u, w = torch.linalg.solve_triangular(lower, right, upper=False, unitriangular=True).chunk(2, -1)
    inside = q @ k.mT * between
    q, k, last = q * g.exp(), k * (last - g).exp(), last.exp()
    state, out = torch.zeros_like(k[:, :, 0, :1].mT @ v[:, :, 0, :1]), []
    for n in range(q.shape[2]):  # over chunks, not tokens
        new = u[:, :, n] - w[:, :, n] @ state
        out.append(q[:, :, n] @ state + inside[:, :, n] @ new)
        state = last[:, :, n] * state + k[:, :, n].mT @ new
    return torch.cat(out, 2)[:, :, :T]
`;

/** In the order in which a program lists them: what is needed comes first. */
export const LIBRARY = {
  unit: { needs: [], source: unit },
  split_heads: { needs: [], source: split_heads },
  merge_heads: { needs: [], source: merge_heads },
  split_chunks: { needs: [], source: split_chunks },
  past_states: { needs: [], source: past_states },
  ShortConv: { needs: [], source: ShortConv },
  TokenShift: { needs: [], source: TokenShift },
  HeadNorm: { needs: [], source: HeadNorm },
  HeadLinear: { needs: [], source: HeadLinear },
  linear_scan: { needs: [], source: linear_scan },
  LongConv: { needs: [], source: LongConv },
  cummean: { needs: [], source: cummean },
  WindowAttention: { needs: ["split_chunks"], source: WindowAttention },
  linear_attention: { needs: ["split_chunks"], source: linear_attention },
  decayed_linear_attention: { needs: ["split_chunks", "past_states"], source: decayed_linear_attention },
  gated_linear_attention: { needs: ["split_chunks", "past_states"], source: gated_linear_attention },
  delta_rule: { needs: ["split_chunks"], source: delta_rule },
  gated_delta_rule: { needs: ["split_chunks"], source: gated_delta_rule },
} satisfies Record<string, Helper>;

export type HelperName = keyof typeof LIBRARY;
