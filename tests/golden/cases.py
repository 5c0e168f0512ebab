#!/usr/bin/python3
"""cases.py - prints the golden cases of relu, mean_squared_error, constant and sgd, from Keras's formulas."""


def relu(x, slope=0.25, most=2, start=0.5):
    return most if x >= most else x if x >= start else slope * (x - start)


def relu_slope(x, slope=0.25, most=2, start=0.5):
    return 0 if x >= most else 1 if x >= start else slope


def sgd(w, gradients, rates, momentum=0.5):
    m = 0
    for g, rate in zip(gradients, rates):
        m = momentum * m - rate * g
        w += momentum * m - rate * g  # nesterov
    return w, m


X, DY = [-2, 0.25, 1.5, 3], [1, 2, -1, 4]
print("relu y", [relu(x) for x in X], "dx", [relu_slope(x) * d for x, d in zip(X, DY)])
Y, T = [0.5, 0.25, -1, 2], [0, 1, 0, 0]
print("mean_squared_error value", sum((y - t) ** 2 for y, t in zip(Y, T)) / 4,
      "gradient", [2 * (y - t) / 4 for y, t in zip(Y, T)])
print("sgd weight, momentum", sgd(1, [1, 0.5], [0.25, 0.125]), sgd(-2, [-0.5, 2], [0.25, 0.125]))
print("constant, initializer", [-0.75] * 4, "schedule", [0.5] * 3)
