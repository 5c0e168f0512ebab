#!/usr/bin/python3
"""optimizers.py - writes optimizers.h: twenty steps of each optimizer in float64.

The updates are Keras's, written here from its formulas; torch.optim takes the same steps where its
own formula can be mapped onto them. Run: /usr/bin/python3 optimizers.py > optimizers.h
`optimizers.py cases` prints the golden cases that stand in the plugins instead.
"""
import sys

import numpy as np
import torch

STEPS, SIZE = 20, 7
rng = np.random.default_rng(5)
START = rng.normal(0, 0.5, SIZE).astype(np.float32)
GRADIENTS = (rng.normal(0, 1, (STEPS, SIZE)) * 10.0 ** np.arange(-4, 3)).astype(np.float32)
GRADIENTS[:, 3] = 0  # a weight that nothing moves
RATES = [1.0, 1.0, 0.5, 0.5, 0.25, 2.0, 2.0, 0.0, 1.0, 0.1] * 2  # times the learning rate


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


def adagrad(w, g, state, t, lr, initial_accumulator_value=0.1, epsilon=1e-7):
    state["a"] = state.get("a", initial_accumulator_value) + g ** 2
    return w - lr * g / np.sqrt(state["a"] + epsilon)


def rmsprop(w, g, state, t, lr, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    state["v"] = spread = rho * state.get("v", 0) + (1 - rho) * g ** 2
    if centered:
        state["a"] = rho * state.get("a", 0) + (1 - rho) * g
        spread = np.maximum(spread - state["a"] ** 2, 0)
    state["m"] = momentum * state.get("m", 0) + lr * g / np.sqrt(spread + epsilon)
    return w - state["m"]


def adamax(w, g, state, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    state["m"] = beta_1 * state.get("m", 0) + (1 - beta_1) * g
    state["u"] = np.maximum(beta_2 * state.get("u", 0), abs(g))
    return w - lr / (1 - beta_1 ** t) * state["m"] / (state["u"] + epsilon)


def nadam(w, g, state, t, lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    mu, mu_next = beta_1 * (1 - 0.5 * 0.96 ** t), beta_1 * (1 - 0.5 * 0.96 ** (t + 1))
    state["p"] = state.get("p", 1) * mu
    state["m"] = beta_1 * state.get("m", 0) + (1 - beta_1) * g
    state["v"] = beta_2 * state.get("v", 0) + (1 - beta_2) * g ** 2
    h = mu_next * state["m"] / (1 - state["p"] * mu_next) + (1 - mu) * g / (1 - state["p"])
    return w - lr * h / (np.sqrt(state["v"] / (1 - beta_2 ** t)) + epsilon)


def lion(w, g, state, t, lr, beta_1=0.9, beta_2=0.99):
    m = state.get("m", np.zeros_like(g))
    state["m"] = beta_2 * m + (1 - beta_2) * g
    return w - lr * np.sign(beta_1 * m + (1 - beta_1) * g)


CASES = [
    (sgd, {"learning_rate": 0.01}),
    (sgd, {"learning_rate": 0.01, "momentum": 0.9}),
    (sgd, {"learning_rate": 0.01, "momentum": 0.8, "nesterov": True}),
    (adadelta, {"learning_rate": 1.0}),
    (adadelta, {"learning_rate": 0.3, "rho": 0.9, "epsilon": 1e-6}),
    (adam, {"learning_rate": 0.001}),
    (adam, {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    (adagrad, {"learning_rate": 0.001}),
    (adagrad, {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 0.01}),
    (rmsprop, {"learning_rate": 0.001}),
    (rmsprop, {"learning_rate": 0.01, "rho": 0.5, "momentum": 0.75, "epsilon": 1e-3}),
    (rmsprop, {"learning_rate": 0.01, "centered": True, "epsilon": 1e-3}),
    (rmsprop, {"learning_rate": 0.001, "centered": True, "momentum": 0.9, "epsilon": 1e-3}),
    (adamax, {"learning_rate": 0.001}),
    (adamax, {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.75, "epsilon": 1e-3}),
    (nadam, {"learning_rate": 0.001}),
    (nadam, {"learning_rate": 0.02, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    (lion, {"learning_rate": 0.001}),
    (lion, {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.75}),
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
    else:  # torch keeps the rate outside of the momentum; its NAdam multiplies by mu once more until version 2
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


def peers_without_epsilon():
    """Keras adds it elsewhere than torch: without it, and but for the weight that has no gradient, they are the same."""
    rate, some = 0.01, np.arange(SIZE) != 3
    pairs = [
        (adagrad, {"initial_accumulator_value": 0.5},
         lambda w: torch.optim.Adagrad(w, rate, eps=0, initial_accumulator_value=0.5)),
        (rmsprop, {}, lambda w: torch.optim.RMSprop(w, rate, 0.9, eps=0)),
        (rmsprop, {"rho": 0.5, "momentum": 0.75}, lambda w: torch.optim.RMSprop(w, rate, 0.5, eps=0, momentum=0.75)),
        (adamax, {"beta_2": 0.75}, lambda w: torch.optim.Adamax(w, rate, (0.9, 0.75), eps=0)),
        (rmsprop, {"centered": True}, lambda w: torch.optim.RMSprop(w, rate, 0.9, eps=0, centered=True)),
    ]
    for update, p, make in pairs:
        w, ours, state = torch.tensor(START[some].astype(np.float64)), START[some].astype(np.float64), {}
        made = make([w])
        for t in range(STEPS):
            g = GRADIENTS[t][some].astype(np.float64)
            w.grad = torch.tensor(g)
            made.step()
            ours = update(ours, g, state, t + 1, rate, epsilon=0.0, **p)
        assert np.allclose(w.numpy(), ours, rtol=1e-10, atol=0), update


# By name in the plugins: what a slot is called here.
SLOTS = {"adagrad": {"accumulator": "a"}, "rmsprop": {"velocity": "v", "average_gradient": "a", "momentum": "m"},
         "adamax": {"m": "m", "u": "u"}, "nadam": {"momentum": "m", "velocity": "v"}, "lion": {"momentum": "m"}}


def cases():
    gradients, rates = [[1, -0.5, 0], [0.5, 2, 0], [-4, 0.25, 0.125]], [0.25, 0.125, 0.5]
    for update, parameters in CASES:
        if update.__name__ not in SLOTS:
            continue
        p = {key: x for key, x in parameters.items() if key != "learning_rate"}
        w, state = np.array([1.0, -2.0, 0.5]), {}
        for t, (g, rate) in enumerate(zip(gradients, rates)):
            w = update(w, np.array(g, dtype=float), state, t + 1, rate, **p)
        array = lambda name, x: f'CNN_VALUES("{name}", {", ".join(repr(float(v)) for v in x)})'
        has = {"a": p.get("centered") or update is adagrad, "m": p.get("momentum") or update is not rmsprop}
        slots = [array(name, state[key]) for name, key in SLOTS[update.__name__].items() if has.get(key, True)]
        print(f'{update.__name__}:    {{"{yaml("", p)[2:]}", 1e-6, {{0, {{0}}}}, {{{array("weight", [1, -2, 0.5])}, '
              f'{array("gradient", sum(gradients, []))}, {array("rate", rates)}, {array("result", w)}, {", ".join(slots)}}}}},')


def yaml(name, parameters):
    text = lambda x: str(x).lower() if isinstance(x, bool) else repr(x)
    return f"{name}: {{" + ", ".join(f"{key}: {text(x)}" for key, x in parameters.items()) + "}"


def numbers(values):
    return "{" + ", ".join(repr(float(v)) for v in values) + "}"


def main():
    constant_rate_peer()
    peers_without_epsilon()
    print("/* optimizers.h - twenty golden steps of the optimizers; written by optimizers.py, not by hand. */")
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
    cases() if sys.argv[1:] == ["cases"] else main()
