import torch
import torch.nn.functional as F
from torch import Tensor


def swiglu(x: Tensor, y: Tensor) -> Tensor:
    return F.silu(x) * y


def logsigmoid(x: Tensor, temperature: float = 1.0) -> Tensor:
    return F.logsigmoid(x) / temperature


def sqrelu(x: Tensor) -> Tensor:
    return F.relu(x).square()


swish = silu = F.silu
sigmoid = torch.sigmoid
ACT2FN = {"relu": F.relu, "sigmoid": sigmoid, "logsigmoid": logsigmoid, "silu": silu, "swish": swish, "sqrelu": sqrelu}
ACT2FN |= {"gelu": F.gelu}
