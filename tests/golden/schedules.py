#!/usr/bin/python3
"""schedules.py - writes schedules.h: learning rates of the schedules, by Keras's, PyTorch's or Caffe's formulas.

Where PyTorch has the same schedule, the two are compared, epoch by epoch. Run: /usr/bin/python3 schedules.py >
schedules.h. `schedules.py cases` prints the golden cases that stand in the plugins instead.
"""
import math
import sys
import torch
from torch.optim import lr_scheduler as lrs

EPOCH, TOTAL, BASE, STEPS = 5, 40, 0.5, 60


def length(p, kind, none):
    if p.get(f"{kind}_steps") is not None:
        return p[f"{kind}_steps"]
    return p[f"{kind}_epochs"] * EPOCH if p.get(f"{kind}_epochs") is not None else none


def constant(t, p):
    return BASE


def exponential_decay(t, p):
    times = t / length(p, "decay", EPOCH)
    return BASE * p.get("decay_rate", 0.96) ** (math.floor(times) if p.get("staircase") else times)


def inverse_time_decay(t, p):
    times = t / length(p, "decay", EPOCH)
    return BASE / (1 + p.get("decay_rate", 0.5) * (math.floor(times) if p.get("staircase") else times))


def inv(t, p):
    return BASE * (1 + p.get("gamma", 1e-4) * t) ** -p.get("power", 0.75)


def step(t, p):
    return BASE * p.get("factor", 0.1) ** (t // EPOCH // p.get("every", 10))


def multi_step(t, p):
    passed = sum(m <= t for m in p.get("milestone_steps", [])) + sum(m <= t // EPOCH for m in p.get("milestone_epochs", []))
    return BASE * p.get("factor", 0.1) ** passed


def piecewise_constant(t, p):  # Keras: a boundary still belongs to what is before it
    bounds = [(t, b) for b in p.get("boundary_steps", [])] + [(t // EPOCH, b) for b in p.get("boundary_epochs", [])]
    for factor, (at, bound) in zip(p.get("factors", [1]), bounds):
        if at <= bound:
            return BASE * factor
    return BASE * p.get("factors", [1])[-1]


def poly(t, p):
    return BASE * (1 - min(t / length(p, "max", TOTAL), 1)) ** p.get("power", 1)


def polynomial_decay(t, p):
    last, end = length(p, "decay", TOTAL), p.get("end_learning_rate", 1e-4)
    if p.get("cycle"):
        last *= 1 if t == 0 else math.ceil(t / last)
    return (BASE - end) * (1 - min(t, last) / last) ** p.get("power", 1) + end


def cosine_decay(t, p):
    last, alpha, height = length(p, "decay", TOTAL), p.get("alpha", 0), 1
    if p.get("restarts"):  # run by run
        while t >= last:
            t, last, height = t - last, last * p.get("t_mul", 2), height * p.get("m_mul", 1)
    cosine = height * 0.5 * (1 + math.cos(math.pi * min(t, last) / last))
    return BASE * ((1 - alpha) * cosine + alpha)


def one_cycle(t, p):
    total = length(p, "total", TOTAL)
    first = BASE / p.get("div_factor", 25)
    last, top = first / p.get("final_div_factor", 1e4), p.get("pct_start", 0.3) * total - 1
    a, b, x = (first, BASE, t / top) if t <= top else (BASE, last, min((t - top) / (total - 1 - top), 1))
    if p.get("anneal_strategy") == "linear":
        return a + (b - a) * x
    return b + (a - b) / 2 * (1 + math.cos(math.pi * x))


def warmup(t, p):
    global TOTAL
    n = p["steps"] if "steps" in p else p.get("epochs", 1) * EPOCH
    (then, inside), = p.get("then", {"constant": {}}).items()
    TOTAL -= n
    rate = globals()[then](max(t - n, 0), inside)
    TOTAL += n
    return rate if t >= n else rate * (p.get("from", 0) + (1 - p.get("from", 0)) * (t + 1) / n)


CASES = [
    (constant, {}),
    (exponential_decay, {}),
    (exponential_decay, {"decay_steps": 7, "decay_rate": 0.5}),
    (exponential_decay, {"decay_epochs": 1, "decay_rate": 0.9, "staircase": True}),
    (inverse_time_decay, {}),
    (inverse_time_decay, {"decay_steps": 4, "decay_rate": 2, "staircase": True}),
    (inv, {}),
    (inv, {"gamma": 0.5, "power": 2}),
    (step, {}),
    (step, {"factor": 0.7, "every": 1}),
    (step, {"factor": 0.5, "every": 3}),
    (multi_step, {}),
    (multi_step, {"milestone_epochs": [2, 3, 9], "factor": 0.5}),
    (multi_step, {"milestone_steps": [0, 13, 14]}),
    (piecewise_constant, {}),
    (piecewise_constant, {"boundary_steps": [10, 11, 30], "factors": [1, 0.5, 0.25, 2]}),
    (piecewise_constant, {"boundary_epochs": [4], "factors": [0.25, 1]}),
    (poly, {}),
    (poly, {"max_steps": 33, "power": 2.5}),
    (poly, {"max_epochs": 5}),
    (polynomial_decay, {}),
    (polynomial_decay, {"decay_epochs": 3, "end_learning_rate": 0.125, "power": 2}),
    (polynomial_decay, {"decay_steps": 9, "end_learning_rate": 0.01, "cycle": True}),
    (cosine_decay, {}),
    (cosine_decay, {"decay_steps": 24, "alpha": 0.25}),
    (cosine_decay, {"decay_epochs": 1, "restarts": True}),
    (cosine_decay, {"decay_steps": 4, "restarts": True, "t_mul": 1, "m_mul": 0.5, "alpha": 0.125}),
    (cosine_decay, {"decay_steps": 3, "restarts": True, "t_mul": 1.5, "m_mul": 0.75}),
    (one_cycle, {}),
    (one_cycle, {"total_steps": 50, "pct_start": 0.5, "anneal_strategy": "linear"}),
    (one_cycle, {"total_epochs": 4, "div_factor": 4, "final_div_factor": 10}),
    (warmup, {}),
    (warmup, {"steps": 7, "from": 0.25}),
    (warmup, {"epochs": 2, "then": {"cosine_decay": {}}}),
    (warmup, {"steps": 6, "then": {"step": {"factor": 0.5, "every": 2}}}),
]


def peer(schedule, p):
    """A scheduler of PyTorch, whether it counts steps, and for how many of its steps it is the same; or None."""
    optimizer = torch.optim.SGD([torch.zeros(1)], BASE)
    if schedule is exponential_decay and p.get("staircase"):
        return lrs.ExponentialLR(optimizer, p["decay_rate"]), False, 12
    if schedule is step:
        return lrs.StepLR(optimizer, p.get("every", 10), p.get("factor", 0.1)), False, 12
    if schedule is multi_step and "milestone_epochs" in p:
        return lrs.MultiStepLR(optimizer, p["milestone_epochs"], p["factor"]), False, 12
    if schedule is piecewise_constant and "boundary_epochs" in p:
        return lrs.ConstantLR(optimizer, p["factors"][0], p["boundary_epochs"][0] + 1), False, 12
    if schedule is poly:
        return lrs.PolynomialLR(optimizer, length(p, "max", TOTAL), p.get("power", 1)), True, STEPS
    if schedule is cosine_decay and not p.get("restarts"):
        last = length(p, "decay", TOTAL)
        return lrs.CosineAnnealingLR(optimizer, last, BASE * p.get("alpha", 0)), True, last + 1
    if schedule is cosine_decay and "alpha" not in p and p.get("t_mul", 2) == 2:
        return lrs.CosineAnnealingWarmRestarts(optimizer, length(p, "decay", TOTAL), 2), True, STEPS
    if schedule is one_cycle:
        total = length(p, "total", TOTAL)
        return lrs.OneCycleLR(optimizer, BASE, total, pct_start=p.get("pct_start", 0.3), cycle_momentum=False,
                              anneal_strategy=p.get("anneal_strategy", "cos"), div_factor=p.get("div_factor", 25),
                              final_div_factor=p.get("final_div_factor", 1e4)), True, total
    return None


def compare(schedule, p):
    made = peer(schedule, p)
    for i in range(made[2] if made else 0):
        ours = schedule(i if made[1] else i * EPOCH, p)
        assert math.isclose(made[0].get_last_lr()[0], ours, rel_tol=1e-11, abs_tol=1e-15), (schedule, p, i)
        made[0].optimizer.step()
        if i + 1 < made[2]:
            made[0].step()


def yaml(x):
    if isinstance(x, dict):
        return "{" + ", ".join(f"{key}: {yaml(value)}" for key, value in x.items()) + "}"
    return str(x).lower() if isinstance(x, bool) else str(x)


def numbers(values):
    return ", ".join(repr(float(v)) for v in values)


def cases():
    for schedule, p in CASES:
        if schedule is not constant:
            some = [0, 3, 5, 12, 39, 57]
            print(f'{schedule.__name__}:    {{"{yaml(p)}", 1e-12, {{0, {{0}}}}, {{CNN_VALUES("steps", {", ".join(map(str, some))}), '
                  f'CNN_VALUES("training", {EPOCH}, {TOTAL}, {BASE}), '
                  f'CNN_VALUES("rates", {numbers(schedule(t, p) for t in some)})}}}},')


def main():
    print("/* schedules.h - golden learning rates; written by schedules.py, not by hand. */")
    print(f"#define GOLDEN_EPOCH {EPOCH}\n#define GOLDEN_TOTAL {TOTAL}\n#define GOLDEN_BASE {BASE}\n#define GOLDEN_STEPS {STEPS}")
    print("static const struct {\n    const char *spec;\n    double rates[GOLDEN_STEPS];\n} golden_schedules[] = {")
    for schedule, p in CASES:
        compare(schedule, p)
        print(f'    {{"{schedule.__name__}: {yaml(p)}",\n     {{{numbers(schedule(t, p) for t in range(STEPS))}}}}},')
    print("};")


cases() if sys.argv[1:] == ["cases"] else main()
