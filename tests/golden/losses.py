#!/usr/bin/python3
"""losses.py - writes losses.h: values and gradients of the losses, by other means than ours.

Each loss is written here from Keras's formula, or its paper's, in PyTorch float64; autograd differentiates it. Where
PyTorch has the same loss, the two are compared. Run: /usr/bin/python3 losses.py > losses.h
"""
import itertools
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

PROBABILITIES = [
    [0.1, 0.2, 0.3, 0.25, 0.15],
    [0.9, 0.025, 0.04, 0.005, 0.03],
    [1e-9, 0.5, 0.25, 0.2, 0.05 - 1e-9],  # below the clip
    [1 - 5e-8, 1e-8, 2e-8, 5e-9, 1.5e-8],  # above and below it
    [0.3, 0.9, 0.6, 0.75, 0.45],          # does not sum to 1
]
SCORES = [
    [0.3, -1.2, 2.1, 0.7, -0.4],
    [-3.0, -0.5, -0.25, -2.0, -0.125],
    [40.0, 12.5, -30.0, 39.0, 5.0],
    [600.0, -600.0, 20.0, 599.5, 0.5],
    [0.002, -0.001, 0.004, 0.003, -0.002],
]


def smooth(t, p):
    s = p.get("label_smoothing", 0)
    return t * (1 - s) + s / len(t)


def categorical_crossentropy(y, t, p):
    t = smooth(t, p)
    if p.get("from_logits"):
        return -(t * torch.log_softmax(y, 0)).sum()
    q = (y / y.sum()).clamp(p.get("clip", 1e-7), 1 - p.get("clip", 1e-7))
    return -(t * torch.log(q)).sum()


def pair_weighted_crossentropy(y, t, p):
    truth, predicted = int(t.argmax()), int(y.argmax())
    pairs = [tuple(pair) for pair in p["pairs"]]
    if p.get("symmetric", True):
        pairs += [(b, a) for a, b in pairs]
    weight = p.get("weight", 1.3) if (truth, predicted) in pairs else 1.0
    return weight * categorical_crossentropy(y, t, p)


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(_, x, low, high):
        return x.clamp(low, high)

    @staticmethod
    def backward(_, d):
        return d, None, None


def clipped_crossentropy(y, t, p):
    low, high = p.get("min", 0.0), p.get("max", 1.0)
    loss = categorical_crossentropy(y, t, p)
    if p.get("gradient", "straight_through") == "exact":
        return loss.clamp(low, high)
    return StraightThrough.apply(loss, low, high)


def mean_squared_error(y, t, p):
    return ((y - t) ** 2).mean()


def hinge(y, t, p):
    return torch.relu(1 - (2 * t - 1) * y).mean()


def squared_hinge(y, t, p):
    return (torch.relu(1 - (2 * t - 1) * y) ** 2).mean()


def categorical_hinge(y, t, p):
    return torch.relu(((1 - t) * y).max() - (t * y).sum() + 1)


def shortfalls(y, t, margin=1.0):
    """margin - z_y + z_c of each wrong class c."""
    return margin - y[t == 1] + y[t == 0]


def crammer_singer(y, t, p):
    return torch.relu(shortfalls(y, t).max())


def weston_watkins(y, t, p):
    return torch.relu(shortfalls(y, t)).sum()


def multi_margin(y, t, p):
    return (torch.relu(shortfalls(y, t, p.get("margin", 1.0))) ** p.get("p", 1)).sum() / len(y)


def ramp(y, t, p):
    """The paper's difference of two hinges, but with the subgradient 0 where it meets the ceiling."""
    short, ceiling = shortfalls(y, t), p.get("ceiling", 2.0)
    return (torch.relu(short) - torch.where(short >= ceiling, short - ceiling, 0)).sum()


def ova_hinge(y, t, p):
    short = torch.relu(1 - torch.where(t == 1, y, -y))
    return (short if p.get("norm", "L1") == "L1" else short ** 2).sum()


def smooth_hinge(y, t, p):
    m = torch.where(t == 1, y, -y)
    return torch.where(m <= 0, 0.5 - m, torch.where(m < 1, (1 - m) ** 2 / 2, torch.zeros_like(m))).mean()


def cosine_similarity(y, t, p):
    unit = lambda x: x * torch.clamp(1 / torch.sqrt((x * x).sum()), max=1e7)
    product = unit(y) * unit(t)
    return -(product.mean() if p.get("reduction") == "mean" else product.sum())


PAIRS = {"pairs": [[1, 2], [4, 0]]}
CASES = [
    (categorical_crossentropy, PROBABILITIES, [{}, {"label_smoothing": 0.1}, {"clip": 0.05}, {"clip": 0}]),
    (categorical_crossentropy, SCORES, [{"from_logits": True}, {"from_logits": True, "label_smoothing": 0.2}]),
    (pair_weighted_crossentropy, PROBABILITIES, [PAIRS, {**PAIRS, "symmetric": False, "weight": 2.5}]),
    (pair_weighted_crossentropy, SCORES, [{**PAIRS, "from_logits": True}]),
    (clipped_crossentropy, PROBABILITIES, [{}, {"gradient": "exact"}, {"gradient": "exact", "min": 1.3, "max": 2.1}]),
    (clipped_crossentropy, SCORES, [{"from_logits": True, "gradient": "exact", "max": 2}]),
    (mean_squared_error, PROBABILITIES + SCORES, [{}]),
    (hinge, PROBABILITIES + SCORES, [{}]),
    (squared_hinge, PROBABILITIES + SCORES, [{}]),
    (categorical_hinge, PROBABILITIES + SCORES, [{}]),
    (crammer_singer, PROBABILITIES + SCORES, [{}]),
    (weston_watkins, PROBABILITIES + SCORES, [{}]),
    (multi_margin, PROBABILITIES + SCORES, [{}, {"p": 2}]),
    (multi_margin, SCORES, [{"margin": 0.25}, {"margin": 3, "p": 2}, {"margin": 0}]),
    (ova_hinge, PROBABILITIES + SCORES, [{}, {"norm": "L2"}]),
    (smooth_hinge, PROBABILITIES + SCORES, [{}]),
    (ramp, PROBABILITIES + SCORES, [{}, {"ceiling": 0.75}]),
    (ramp, SCORES, [{"ceiling": 30}]),
    (cosine_similarity, PROBABILITIES + SCORES, [{}, {"reduction": "mean"}]),
]

# What PyTorch itself offers with the same meaning.
PEERS = {
    categorical_crossentropy: lambda y, t, p: F.cross_entropy(
        y[None], t.argmax()[None], label_smoothing=p.get("label_smoothing", 0)) if p.get("from_logits") else None,
    mean_squared_error: lambda y, t, p: F.mse_loss(y, t),
    multi_margin: lambda y, t, p: F.multi_margin_loss(y[None], t.argmax()[None], p.get("p", 1), p.get("margin", 1)),
    weston_watkins: lambda y, t, p: F.multi_margin_loss(y[None], t.argmax()[None]) * len(y),
    cosine_similarity: lambda y, t, p: -F.cosine_similarity(y, t, 0, 1e-7) / (5 if "reduction" in p else 1),
}


def yaml(name, parameters):
    def text(x):
        return str(x).lower() if isinstance(x, bool) else str(x)
    inside = ", ".join(f"{key}: {text(x)}" for key, x in parameters.items())
    return f"{name}: {{{inside}}}"


def evaluate(loss, output, label, p):
    y = torch.tensor(output, requires_grad=True)
    t = torch.zeros(len(output))
    t[label] = 1
    value = loss(y, t, p)
    gradient, = torch.autograd.grad(value, y)
    peer = PEERS.get(loss, lambda *_: None)(y, t, p)
    if peer is not None:
        assert torch.allclose(peer, value, rtol=1e-12, atol=1e-14), (loss, output, label)
        assert torch.allclose(torch.autograd.grad(peer, y)[0], gradient, rtol=1e-11, atol=1e-14)
    return value.item(), gradient.tolist()


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    print("/* losses.h - golden values and gradients of the losses; written by losses.py, not by hand. */")
    print("static const struct {\n    const char *spec;\n    int label;\n    double output[5], value, gradient[5];\n"
          "} golden_losses[] = {")
    for loss, outputs, parameters in CASES:
        for p, output, label in itertools.product(parameters, outputs, (0, 1, 4)):
            value, gradient = evaluate(loss, output, label, p)
            print(f'    {{"{yaml(loss.__name__, p)}", {label}, {numbers(output)}, {value!r}, {numbers(gradient)}}},')
    print("};")


main()
