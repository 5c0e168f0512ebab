#!/usr/bin/python3
"""losses.py - writes losses.h: values and gradients of the losses, by other means than ours.

Each loss is written here from Keras's formula, or its paper's, in PyTorch float64; autograd differentiates it. Where
PyTorch has the same loss, the two are compared. Run: /usr/bin/python3 losses.py > losses.h
`losses.py cases` prints the golden cases that stand in the plugins instead.
"""
import itertools
import math
import sys
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


def binary_crossentropy(y, t, p):
    t = t * (1 - p.get("label_smoothing", 0)) + 0.5 * p.get("label_smoothing", 0)
    if p.get("from_logits"):
        return -(t * F.logsigmoid(y) + (1 - t) * F.logsigmoid(-y)).mean()
    q = y.clamp(p.get("clip", 1e-7), 1 - p.get("clip", 1e-7))
    return -(t * torch.log(q) + (1 - t) * torch.log(1 - q)).mean()


def kl_divergence(y, t, p):
    u, q = t.clamp(1e-7, 1), y.clamp(1e-7, 1)
    return (u * torch.log(u / q)).sum()


def poisson(y, t, p):
    if p.get("log_input"):
        return (torch.exp(y) - t * y).mean()
    held = torch.where(y < 0, 0.0, y)
    tangent = (1 - t / 1e-7) * torch.where(y < 0, y, 0.0)
    return (held - t * torch.log(held + 1e-7) + tangent).mean()


def mean_absolute_error(y, t, p):
    return (y - t).abs().mean()


def huber(y, t, p):
    delta, e = p.get("delta", 1.0), (y - t).abs()
    return torch.where(e <= delta, 0.5 * e ** 2, delta * e - 0.5 * delta ** 2).mean()


def log_cosh(y, t, p):
    x = y - t
    return (x + F.softplus(-2 * x, threshold=1000) - math.log(2)).mean()


def categorical_focal_crossentropy(y, t, p):
    t, clip = smooth(t, p), p.get("clip", 1e-7)
    q = torch.softmax(y, 0) if p.get("from_logits") else y / y.sum()
    q = q.clamp(clip, 1 - clip)
    return -(p.get("alpha", 0.25) * (1 - q) ** p.get("gamma", 2.0) * t * torch.log(q)).sum()


def categorical_generalized_cross_entropy(y, t, p):
    q = p.get("q", 0.5)
    return (1 - (t * y).sum().clamp(min=p.get("clip", 1e-7)) ** q) / q


def infogain(y, t, p):
    h = torch.eye(len(y))
    rows = len(p.get("matrix", []))
    if rows:
        h[:rows, :rows] = torch.tensor(p["matrix"])
    t, clip = smooth(t, p) @ h, p.get("clip", 1e-7)
    if p.get("from_logits"):
        return -(t * torch.log_softmax(y, 0)).sum()
    return -(t * torch.log((y / y.sum()).clamp(clip, 1 - clip))).sum()


PAIRS = {"pairs": [[1, 2], [4, 0]]}
FOUR = [[1.0, 0.25, 0.0, 0.0], [0.5, 2.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.125], [0.0, 0.0, 0.0, 0.0]]
FIVE = [[1.0, 0.25, 0.0, 0.0, 0.5], [0.5, 2.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.125, 0.0],
        [0.0, 0.5, 0.0, 0.75, 0.0], [0.0625, 0.0, 0.0, 0.0, 1.0]]
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
    (binary_crossentropy, PROBABILITIES + SCORES, [{}, {"label_smoothing": 0.1}, {"clip": 0.05}]),
    (binary_crossentropy, SCORES, [{"from_logits": True}, {"from_logits": True, "label_smoothing": 0.2}]),
    (kl_divergence, PROBABILITIES, [{}]),
    (poisson, PROBABILITIES + SCORES, [{}]),
    (poisson, PROBABILITIES + SCORES[:2], [{"log_input": True}]),
    (mean_absolute_error, PROBABILITIES + SCORES, [{}]),
    (huber, PROBABILITIES + SCORES, [{}, {"delta": 0.1}]),
    (huber, SCORES, [{"delta": 30}]),
    (log_cosh, PROBABILITIES + SCORES, [{}]),
    (categorical_focal_crossentropy, PROBABILITIES,
     [{}, {"gamma": 0, "alpha": 1}, {"gamma": 0.5, "label_smoothing": 0.1}, {"clip": 0.05, "gamma": 3.5}]),
    (categorical_focal_crossentropy, SCORES, [{"from_logits": True}, {"from_logits": True, "gamma": 1}]),
    (categorical_generalized_cross_entropy, PROBABILITIES, [{}, {"q": 1}, {"q": 0.7, "clip": 0.02}]),
    (infogain, PROBABILITIES, [{}, {"matrix": FOUR}, {"matrix": FIVE, "label_smoothing": 0.1}, {"matrix": FIVE, "clip": 0}]),
    (infogain, SCORES, [{"from_logits": True, "matrix": FIVE}]),
]

# Targets that are vectors: of probabilities, and of any numbers, some equal to outputs.
SHARES = [[0.1, 0.2, 0.3, 0.25, 0.15], [0, 0.5, 0.25, 0.125, 0.125]]
VECTORS = SHARES + [[0.3, -1.2, 3.1, 1.7, -1.4], [5.0, 0.0, 2.5, 1.0, 1e-3]]
VECTOR_CASES = [
    (categorical_crossentropy, PROBABILITIES, SHARES, [{}, {"label_smoothing": 0.1}]),
    (categorical_crossentropy, SCORES, SHARES, [{"from_logits": True}]),
    (mean_squared_error, SCORES, VECTORS, [{}]),
    (cosine_similarity, SCORES, VECTORS, [{}]),
    (binary_crossentropy, PROBABILITIES, VECTORS, [{}]),
    (binary_crossentropy, SCORES, VECTORS, [{"from_logits": True}]),
    (kl_divergence, PROBABILITIES, SHARES, [{}]),
    (poisson, PROBABILITIES, VECTORS, [{}, {"log_input": True}]),
    (mean_absolute_error, PROBABILITIES + SCORES, VECTORS, [{}]),
    (huber, PROBABILITIES + SCORES, VECTORS, [{}, {"delta": 1.4}]),
    (log_cosh, PROBABILITIES + SCORES, VECTORS, [{}]),
    (categorical_focal_crossentropy, PROBABILITIES, SHARES, [{}, {"gamma": 1.5}]),
    (categorical_focal_crossentropy, SCORES, SHARES, [{"from_logits": True}]),
    (categorical_generalized_cross_entropy, PROBABILITIES, SHARES, [{}, {"q": 0.9}]),
    (infogain, PROBABILITIES, SHARES, [{"matrix": FOUR}]),
    (infogain, SCORES, SHARES, [{"from_logits": True, "matrix": FIVE}]),
]

# What PyTorch itself offers with the same meaning.
PEERS = {
    categorical_crossentropy: lambda y, t, p: F.cross_entropy(
        y[None], t[None], label_smoothing=p.get("label_smoothing", 0)) if p.get("from_logits") else None,
    mean_squared_error: lambda y, t, p: F.mse_loss(y, t),
    multi_margin: lambda y, t, p: F.multi_margin_loss(y[None], t.argmax()[None], p.get("p", 1), p.get("margin", 1)),
    weston_watkins: lambda y, t, p: F.multi_margin_loss(y[None], t.argmax()[None]) * len(y),
    binary_crossentropy: lambda y, t, p: F.binary_cross_entropy_with_logits(
        y, t * (1 - p.get("label_smoothing", 0)) + 0.5 * p.get("label_smoothing", 0)) if p.get("from_logits") else None,
    kl_divergence: lambda y, t, p: F.kl_div(y.log(), t, reduction="sum") if min(t.min(), y.min()) >= 1e-7 else None,
    poisson: lambda y, t, p: F.poisson_nll_loss(y, t, p.get("log_input", False), eps=1e-7) if y.min() >= 0 else None,
    mean_absolute_error: lambda y, t, p: F.l1_loss(y, t),
    huber: lambda y, t, p: F.huber_loss(y, t, delta=p.get("delta", 1.0)),
    cosine_similarity: lambda y, t, p: -F.cosine_similarity(y, t, 0, 1e-7) / (5 if "reduction" in p else 1),
}


def yaml(name, parameters):
    def text(x):
        return str(x).lower() if isinstance(x, bool) else str(x)
    inside = ", ".join(f"{key}: {text(x)}" for key, x in parameters.items())
    return f"{name}: {{{inside}}}"


def evaluate(loss, output, target, p):
    y, t = torch.tensor(output, requires_grad=True), torch.tensor(target, dtype=torch.float64)
    value = loss(y, t, p)
    gradient, = torch.autograd.grad(value, y)
    peer = PEERS.get(loss, lambda *_: None)(y, t, p)
    if peer is not None:
        assert torch.allclose(peer, value, rtol=1e-12, atol=1e-14), (loss, output, target)
        assert torch.allclose(torch.autograd.grad(peer, y)[0], gradient, rtol=1e-11, atol=1e-14), (loss, output, target)
    return value.item(), gradient.tolist()


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def one_hot(label):
    return [float(c == label) for c in range(5)]


def each_case():
    for loss, outputs, parameters in CASES:
        for p, output, label in itertools.product(parameters, outputs, (0, 1, 4)):
            yield loss, p, output, one_hot(label)
    for loss, outputs, targets, parameters in VECTOR_CASES:
        for p, output, target in itertools.product(parameters, outputs, targets):
            yield loss, p, output, target


# What stands in the plugins: parameters, output and target are written down exactly there.
IN_PLUGINS = [
    (binary_crossentropy, {"from_logits": True}, [0.5, -2, 3], [1, 0, 0.25]),
    (binary_crossentropy, {"label_smoothing": 0.25}, [0.5, 0.125, 1], [1, 0, 0]),
    (kl_divergence, {}, [0.5, 0.25, 0.25, 0], [0.25, 0.75, 0, 0]),
    (poisson, {}, [0.5, 2, -1, 0.25], [1, 3, 0, 0]),
    (poisson, {"log_input": True}, [0.5, -2, 1], [1, 0, 4]),
    (mean_absolute_error, {}, [0.5, 0, -1, 2], [0, 0, 1, 0]),
    (huber, {"delta": 0.5}, [0.5, 0.25, -1, 2], [0, 1, 0, 2]),
    (log_cosh, {}, [0.5, 0.25, -40, 1], [0, 1, 0, 1]),
    (categorical_focal_crossentropy, {}, [0.5, 0.25, 0.25], [0, 1, 0]),
    (categorical_focal_crossentropy, {"from_logits": True, "gamma": 0.5}, [0.5, -1, 2], [0, 1, 0]),
    (categorical_generalized_cross_entropy, {}, [0.5, 0.25, 0.25], [0, 1, 0]),
    (infogain, {"matrix": [[1.0, 0.5], [0.25, 1.0]]}, [0.5, 0.25, 0.25], [0, 1, 0]),
]


def cases():
    for loss, p, output, target in IN_PLUGINS:
        value, gradient = evaluate(loss, [float(x) for x in output], target, p)
        inside = yaml(loss.__name__, p)[len(loss.__name__) + 2:]
        array = lambda name, x: f'CNN_VALUES("{name}", {", ".join(map(repr, x))})'
        print(f'{loss.__name__}:    {{"{inside}", 1e-12, {{0, {{0}}}}, {{{array("output", output)}, '
              f'{array("target", target)}, {array("value", [value])}, {array("gradient", gradient)}}}}},')


def main():
    print("/* losses.h - golden values and gradients of the losses; written by losses.py, not by hand. */")
    print("static const struct {\n    const char *spec;\n    double target[5], output[5], value, gradient[5];\n"
          "} golden_losses[] = {")
    for loss, p, output, target in each_case():
        value, gradient = evaluate(loss, output, target, p)
        print(f'    {{"{yaml(loss.__name__, p)}", {numbers(target)}, {numbers(output)}, {value!r}, '
              f'{numbers(gradient)}}},')
    print("};")


cases() if sys.argv[1:] == ["cases"] else main()
