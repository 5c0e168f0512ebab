#!/usr/bin/python3
"""optimizers.py - writes optimizers.h: ten steps of each optimizer in float64.

The updates are Keras's, written here from its formulas; torch.optim takes the same steps where its
own formula can be mapped onto them. Run: /usr/bin/python3 optimizers.py > optimizers.h
"""
import numpy as np
import torch

STEPS, SIZE = 10, 7
rng = np.random.default_rng(5)
START = rng.normal(0, 0.5, SIZE).astype(np.float32)
GRADIENTS = (rng.normal(0, 1, (STEPS, SIZE)) * 10.0 ** np.arange(-4, 3)).astype(np.float32)
GRADIENTS[:, 3] = 0  # a weight that nothing moves
RATES = [1.0, 1.0, 0.5, 0.5, 0.25, 2.0, 2.0, 0.0, 1.0, 0.1]  # times the learning rate


def sgd(w, g, state, t, lr, momentum=0.0, nesterov=False):
    if momentum == 0:
        return w - lr * g
    state["m"] = momentum * state.get("m", 0) - lr * g
    return w + (momentum * state["m"] - lr * g if nesterov else state["m"])


def adadelta(w, g, state, t, lr, rho=0.95, epsilon=1e-7):
    rms = lambda x: np.sqrt(x + epsilon)
    state["s"] = rho * state.get("s", 0) + (1 - rho) * g ** 2
    delta = -rms(state.get("a", 0)) / rms(state["s"]) * g
    state["a"] = rho * state.get("a", 0) + (1 - rho) * delta ** 2
    return w + lr * delta


def adam(w, g, state, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    state["m"] = beta_1 * state.get("m", 0) + (1 - beta_1) * g
    state["v"] = beta_2 * state.get("v", 0) + (1 - beta_2) * g ** 2
    return w - lr * np.sqrt(1 - beta_2 ** t) / (1 - beta_1 ** t) * state["m"] / (np.sqrt(state["v"]) + epsilon)


CASES = [
    (sgd, {"learning_rate": 0.01}),
    (sgd, {"learning_rate": 0.01, "momentum": 0.9}),
    (sgd, {"learning_rate": 0.01, "momentum": 0.8, "nesterov": True}),
    (adadelta, {"learning_rate": 1.0}),
    (adadelta, {"learning_rate": 0.3, "rho": 0.9, "epsilon": 1e-6}),
    (adam, {"learning_rate": 0.001}),
    (adam, {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
]


def run(update, parameters):
    p = dict(parameters)
    rate = p.pop("learning_rate")
    w, state, weights = START.astype(np.float64), {}, []
    for t in range(1, STEPS + 1):
        lr = rate * RATES[t - 1]
        w = update(w, GRADIENTS[t - 1].astype(np.float64), state, t, lr, **p)
        weights.append(w)
    return np.array(weights)


def peer(update, parameters):
    """The same by torch.optim, or None where it cannot be mapped."""
    p = dict(parameters)
    w = torch.tensor(START.astype(np.float64))
    if update is adadelta:
        made = torch.optim.Adadelta([w], p["learning_rate"], p.get("rho", 0.95), p.get("epsilon", 1e-7))
    elif update is adam:
        betas = (p.get("beta_1", 0.9), p.get("beta_2", 0.999))
        made = torch.optim.Adam([w], p["learning_rate"], betas)
    elif update is sgd and "momentum" not in p:
        made = torch.optim.SGD([w], p["learning_rate"])
    else:  # torch keeps the rate outside of the momentum
        return None
    weights = []
    for t in range(1, STEPS + 1):
        group = made.param_groups[0]
        group["lr"] = p["learning_rate"] * RATES[t - 1]
        if update is adam:  # from epsilon hat to epsilon
            group["eps"] = p.get("epsilon", 1e-7) / np.sqrt(1 - betas[1] ** t)
        w.grad = torch.tensor(GRADIENTS[t - 1].astype(np.float64))
        made.step()
        weights.append(w.numpy().copy())
    return np.array(weights)


def constant_rate_peer():
    """torch.optim.SGD with momentum is Keras's as long as the rate stays."""
    for nesterov in (False, True):
        w, ours, state = torch.tensor(START.astype(np.float64)), START.astype(np.float64), {}
        made = torch.optim.SGD([w], 0.01, momentum=0.9, nesterov=nesterov)
        for t in range(STEPS):
            w.grad = torch.tensor(GRADIENTS[t].astype(np.float64))
            made.step()
            ours = sgd(ours, GRADIENTS[t].astype(np.float64), state, t + 1, 0.01, 0.9, nesterov)
        assert np.allclose(w.numpy(), ours, rtol=1e-12, atol=0)


def yaml(name, parameters):
    text = lambda x: str(x).lower() if isinstance(x, bool) else repr(x)
    return f"{name}: {{" + ", ".join(f"{key}: {text(x)}" for key, x in parameters.items()) + "}"


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    constant_rate_peer()
    print("/* optimizers.h - ten golden steps of the optimizers; written by optimizers.py, not by hand. */")
    print(f"#define GOLDEN_STEPS {STEPS}\n#define GOLDEN_SIZE {SIZE}")
    print(f"static const double golden_start[] = {numbers(START)};")
    print(f"static const double golden_rates[] = {numbers(RATES)};")
    print("static const double golden_gradients[][GOLDEN_SIZE] = {\n    "
          + ",\n    ".join(map(numbers, GRADIENTS)) + "};")
    print("static const struct {\n    const char *spec;\n    double weights[GOLDEN_STEPS][GOLDEN_SIZE];\n"
          "} golden_optimizers[] = {")
    for update, parameters in CASES:
        weights, other = run(update, parameters), peer(update, parameters)
        assert other is None or np.allclose(weights, other, rtol=1e-11, atol=1e-14), (update, parameters)
        print(f'    {{"{yaml(update.__name__, parameters)}", {{\n        '
              + ",\n        ".join(map(numbers, weights)) + "}},")
    print("};")


if __name__ == "__main__":
    main()
