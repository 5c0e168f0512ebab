#!/usr/bin/python3
"""normalization.py - prints the golden cases of the layer normalization, from Keras's formula in float64."""
import numpy as np

X = np.array([[[1, -2], [0.5, 4]], [[3, 0], [-1.5, 2.25]]])  # one sample, 2 x 2 x 2
DY = np.array([[[1, 2], [-1, 0.5]], [[0, -3], [4, 1]]])


def normalize(x, mean, variance, epsilon=1e-7, invert=False):
    deviation = np.maximum(np.sqrt(variance), epsilon)
    if invert:
        return mean + x * deviation, deviation * np.ones_like(x)
    return (x - mean) / deviation, np.ones_like(x) / deviation


def show(title, mean, variance, **more):
    y, slope = normalize(X, np.array(mean), np.array(variance), **more)
    print(title, "y", y.ravel().tolist(), "dx", (DY * slope).ravel().tolist())


show("channel, given", [0.5, -1], [4, 0.0625])
show("channel, measured", [0.75, 1.5], [2.25, 0.16])
show("variance 0, epsilon 0.25", [0.5, -1], [0.01, 0], epsilon=0.25)
show("none, inverted", [0.5], [6.25], invert=True)
show("pixel, measured", np.arange(8).reshape(2, 2, 2) / 4, (np.arange(8).reshape(2, 2, 2) + 1) / 2)
