#!/usr/bin/python3
"""updates.py - writes updates.h: twenty steps of an optimizer on the tensors of a network, in float64.

The formulas are those of the papers that the plugins name, and of Keras for what the host does around
every optimizer; torch takes the same steps where it can. Weights and gradients are made by `number`,
here and in the test, so that only some of what must come out stands in the header.
Run: /usr/bin/python3 updates.py > updates.h
"""
import numpy as np
import torch

from optimizers import adadelta, adam, sgd

STEPS, SHOWN = 20, (1, 5, 20)  # after which steps the header has weights
PLACES = 6  # elements of a tensor that it has
# name, shape, role, lr_mult, decay_mult; the large one takes several ranges
TENSORS = [
    ("a/kernel", (3, 5), "KERNEL", 1.0, 1.0),
    ("a/bias", (5,), "BIAS", 2.0, 0.0),
    ("b/kernel", (150, 120), "KERNEL", 0.5, 3.0),
    ("b/gamma", (120,), "OTHER", 1.0, 0.5),
    ("c/kernel", (7, 4), "KERNEL", 1.0, 1.0),
]


def number(tensor, t, i):
    """In [-1, 1), a multiple of 1/512. t is 0 for the weights, else the step."""
    x = (i * 2654435761 + tensor * 40503 + t * 2246822519) & 0xFFFFFFFF
    for _ in range(2):
        x = ((x ^ x >> 16) * 73244475) & 0xFFFFFFFF
    return ((x ^ x >> 16) & 1023) / 512 - 1


def values(tensor, t):
    shape = TENSORS[tensor][1]
    return np.array([number(tensor, t, i) for i in range(int(np.prod(shape)))]).reshape(shape)


START = [values(k, 0) for k in range(len(TENSORS))]
GRADIENTS = {t: [values(k, t) * 4.0 ** (k - 2) for k in range(len(TENSORS))] for t in range(1, STEPS + 1)}
RATE = lambda t: 0.5 if t % 4 == 0 else 1.0  # times the learning rate


def lamb(w, g, state, t, lr, decay_mult=1.0, beta_1=0.9, beta_2=0.999, epsilon=1e-7, penalty=0.0):
    """You et al. 2020, alg. 2, with phi the identity."""
    state["m"] = beta_1 * state.get("m", 0) + (1 - beta_1) * g
    state["v"] = beta_2 * state.get("v", 0) + (1 - beta_2) * g ** 2
    r = (state["m"] / (1 - beta_1 ** t)) / (np.sqrt(state["v"] / (1 - beta_2 ** t)) + epsilon)
    u = r + penalty * decay_mult * w
    ours, its = np.linalg.norm(w), np.linalg.norm(u)
    return w - lr * (ours / its if ours > 0 and its > 0 else 1) * u


def muon(w, g, state, t, lr, decay_mult=1.0, momentum=0.95):
    """Jordan et al. 2024, with Nesterov's momentum; kernels are (inputs, outputs)."""
    state["m"] = momentum * state.get("m", 0) + (1 - momentum) * g
    if g.ndim != 2:
        return w - lr * state["m"]
    u = (1 - momentum) * g + momentum * state["m"]
    x = (u / (np.linalg.norm(u) + 1e-7)).T  # outputs first, as in the paper
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    x = x if wide else x.T
    return w - lr * np.sqrt(max(1, x.shape[0] / x.shape[1])) * x.T


CASES = [  # name, update, parameters, tolerance: float32 over 20 steps, relative to the tensor's norm
    ("sgd", sgd, {"learning_rate": 0.01, "momentum": 0.9}, 1e-6),
    ("adam", adam, {"learning_rate": 0.01}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "penalty": 0.25}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02}, 1e-6),
    # the options of every optimizer, in each form
    ("sgd", sgd, {"learning_rate": 0.01, "weight_decay": 0.5}, 1e-6),
    ("adam", adam, {"learning_rate": 0.01, "weight_decay": 0.5}, 1e-6),
    ("adamw", adam, {"learning_rate": 0.05}, 1e-6),  # its own default decay
    ("adamw", adam, {"learning_rate": 0.05, "weight_decay": 0.0}, 1e-6),
    ("adadelta", adadelta, {"learning_rate": 1.0, "weight_decay": 0.01}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "weight_decay": 0.5}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "weight_decay": 0.5}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.01, "l2": 0.5}, 1e-6),
    ("adam", adam, {"learning_rate": 0.01, "l2": 0.5}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "l2": 0.5}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "l2": 0.5}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.01, "clipvalue": 0.5}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "clipvalue": 0.5}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "clipvalue": 0.5}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.1, "clipnorm": 0.5}, 1e-6),
    ("adam", adam, {"learning_rate": 0.01, "clipnorm": 0.5}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "clipnorm": 0.5}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "clipnorm": 0.5}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.1, "global_clipnorm": 100.0}, 1e-6),
    ("adam", adam, {"learning_rate": 0.01, "global_clipnorm": 100.0}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "global_clipnorm": 100.0}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "global_clipnorm": 100.0}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.1, "weight_decay": 0.25, "l2": 0.5, "global_clipnorm": 100.0,
                  "decay_exclude": ["bias", "scale"]}, 2e-6),  # weights of 4, reached by steps of 1.6
    ("sgd", sgd, {"learning_rate": 0.1, "l2": 0.5, "clipnorm": 2.0, "decay_exclude": ["gamma", "a"]}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "penalty": 0.25, "l2": 0.5, "decay_exclude": ["c/kernel"]}, 1e-6),
    ("sgd", sgd, {"learning_rate": 0.01, "momentum": 0.9, "ema": 0.75}, 1e-6),
    ("lamb", lamb, {"learning_rate": 0.01, "ema": 0.75}, 1e-6),
    ("muon", muon, {"learning_rate": 0.02, "weight_decay": 0.5, "ema": 0.75}, 1e-6),
]
DEFAULTS = {"adamw": {"weight_decay": 0.004}}  # of options, by optimizers
OPTIONS = ("weight_decay", "l2", "clipvalue", "clipnorm", "global_clipnorm", "decay_exclude", "ema")


def split(parameters):
    """Learning rate, options and the optimizer's own parameters."""
    p = dict(parameters)
    rate, options = p.pop("learning_rate"), {key: p.pop(key) for key in OPTIONS if key in p}
    excluded = options.get("decay_exclude", [])
    role = {"KERNEL": "kernel", "BIAS": "bias", "OTHER": "scale"}
    decays = [0.0 if {role[kind], name, *name.split("/")} & set(excluded) else decay_mult
              for name, _, kind, _, decay_mult in TENSORS]
    return rate, options, decays, p


def clipped(gradients, options):
    """Keras's clips."""
    norm = np.linalg.norm
    if "clipvalue" in options:
        return [np.clip(g, -options["clipvalue"], options["clipvalue"]) for g in gradients]
    if "clipnorm" in options:
        return [g * options["clipnorm"] / max(options["clipnorm"], norm(g)) for g in gradients]
    if "global_clipnorm" in options:
        most = options["global_clipnorm"]
        return [g * most / max(most, norm([norm(g) for g in gradients])) for g in gradients]
    return gradients


def run(update, parameters):
    """The weights that predictions use, of all tensors after each step."""
    rate, options, decays, p = split(parameters)
    l2, decay, ema = options.get("l2", 0), options.get("weight_decay", 0), options.get("ema", 0)
    w, states, mean, history = [x.copy() for x in START], [{} for _ in TENSORS], None, []
    for t in range(1, STEPS + 1):
        gradients = clipped([g + l2 * d * x for g, d, x in zip(GRADIENTS[t], decays, w)], options)
        for k, (_, _, _, lr_mult, _) in enumerate(TENSORS):
            lr = rate * RATE(t) * lr_mult
            more = {"decay_mult": decays[k]} if update in (lamb, muon) else {}
            w[k] = update(w[k] - lr * decay * decays[k] * w[k], gradients[k], states[k], t, lr, **more, **p)
        mean = w[:] if mean is None else [ema * a + (1 - ema) * x for a, x in zip(mean, w)]
        history.append([x.copy() for x in mean])
    return history


def torch_optimizer(update, groups, p):
    if update is sgd and "momentum" not in p:
        return torch.optim.SGD(groups, 1.0)
    if update is adam:
        return torch.optim.AdamW(groups, 1.0, (0.9, 0.999), weight_decay=0.0)
    return torch.optim.Adadelta(groups, 1.0, 0.95, 1e-7) if update is adadelta else None


def torch_clip(w, options):
    """torch adds 1e-6 to norms, so its clips differ by that."""
    clip = torch.nn.utils
    if "clipvalue" in options:
        clip.clip_grad_value_(w, options["clipvalue"])
    elif "clipnorm" in options:
        for x in w:
            clip.clip_grad_norm_(x, options["clipnorm"])
    elif "global_clipnorm" in options:
        clip.clip_grad_norm_(w, options["global_clipnorm"])


def torch_run(update, parameters):
    """The same by torch's own optimizers, clips and averages, and its gradient of the l2 term; None where it has no
    such optimizer."""
    rate, options, decays, p = split(parameters)
    module = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(x)) for x in START])
    w = list(module)
    made = torch_optimizer(update, [{"params": [x]} for x in w], p)
    if made is None:
        return None
    mean = torch.optim.swa_utils.AveragedModel(
        module, avg_fn=lambda a, x, n: options.get("ema", 0) * a + (1 - options.get("ema", 0)) * x)
    history = []
    for t in range(1, STEPS + 1):
        made.zero_grad()
        loss = sum((x * torch.tensor(g)).sum() for x, g in zip(w, GRADIENTS[t]))
        loss = loss + sum(options.get("l2", 0) / 2 * d * (x ** 2).sum() for d, x in zip(decays, w))
        loss.backward()
        torch_clip(w, options)
        for k, group in enumerate(made.param_groups):
            group["lr"] = rate * RATE(t) * TENSORS[k][3]
            if update is adam:  # AdamW's own decay, and epsilon hat
                group["weight_decay"] = options.get("weight_decay", 0) * decays[k]
                group["eps"] = 1e-7 / np.sqrt(1 - 0.999 ** t)
            else:
                with torch.no_grad():
                    w[k].mul_(1 - group["lr"] * options.get("weight_decay", 0) * decays[k])
        made.step()
        mean.update_parameters(module)
        history.append([x.detach().numpy().copy() for x in mean.module])
    return history


def compare(update, parameters):
    """Our formulas against torch's; and the mean, whose optimizer torch may not have, by plain descent."""
    other = torch_run(update, parameters)
    if other is None and "ema" in parameters:
        return compare(sgd, {key: parameters[key] for key in ("learning_rate", "ema")})
    for ours, its in zip(run(update, parameters), other or []):
        for x, y in zip(ours, its):
            assert np.linalg.norm(x - y) <= 1e-6 * np.linalg.norm(x), (update, parameters)
    return other is not None


def yaml(name, parameters):
    text = lambda x: str(x).lower() if isinstance(x, bool) else "[" + ", ".join(x) + "]" if isinstance(x, list) else repr(x)
    return f"{name}: {{" + ", ".join(f"{key}: {text(x)}" for key, x in parameters.items()) + "}"


def numbers(array):
    return "{" + ", ".join(repr(float(v)) for v in array) + "}"


def shown(w):
    """The norm of a tensor, then some of its elements."""
    flat = w.ravel()
    return numbers([np.linalg.norm(w)] + [flat[i * flat.size // PLACES] for i in range(PLACES)])


def main():
    print("/* updates.h - twenty golden steps on the tensors of a network; written by updates.py, not by hand. */")
    print(f"#define GOLDEN_STEPS {STEPS}\n#define GOLDEN_SHOWN {len(SHOWN)}\n#define GOLDEN_PLACES {PLACES}")
    print(f"#define GOLDEN_TENSORS {len(TENSORS)}")
    print("static const int golden_shown[] = {" + ", ".join(map(str, SHOWN)) + "};")
    print("static const struct {\n    const char *name;\n    cnn_shape shape;\n    uint64_t role;\n"
          "    double lr_mult, decay_mult;\n} golden_tensors[] = {")
    for name, shape, role, lr_mult, decay_mult in TENSORS:
        dims = ", ".join(map(str, shape))
        print(f'    {{"{name}", {{{len(shape)}, {{{dims}}}}}, CNN_ROLE_{role}, {lr_mult}, {decay_mult}}},')
    print("};\nstatic const struct {\n    const char *spec;\n    double tolerance;\n"
          "    double weights[GOLDEN_SHOWN][GOLDEN_TENSORS][1 + GOLDEN_PLACES]; /* the norm first */\n"
          "} golden_updates[] = {")
    for name, update, parameters, tolerance in CASES:
        given = {**DEFAULTS.get(name, {}), **parameters}
        history = run(update, given)
        compare(update, given)
        print(f'    {{"{yaml(name, parameters)}", {tolerance}, {{')
        for t in SHOWN:
            print("        {" + ",\n         ".join(shown(w) for w in history[t - 1]) + "},")
        print("    }},")
    print("};")


if __name__ == "__main__":
    main()
