#!/usr/bin/python3
"""class_weight.py - writes class_weight.h: four steps of tests/pipelines/class_weight.yaml in float64.

Images are those of tests/outside/made_images.c, rounded to float32. One dense layer of zeros, softmax, categorical
cross entropy; loss and gradient are sums over the batch of weight * loss / samples, as Keras has them. Run:
/usr/bin/python3 class_weight.py > class_weight.h
"""
import numpy as np

SAMPLES, SIZE, CLASSES, STEPS, RATE = 24, 6, 4, 4, 0.05
WEIGHT = np.array([1, 2.5, 1, 0.25])


def mixed(n):
    n = np.asarray(n, np.uint64) % 2**32
    n = (n ^ n >> np.uint64(16)) * np.uint64(0x7FEB352D) % np.uint64(2**32)
    n = (n ^ n >> np.uint64(15)) * np.uint64(0x846CA68B) % np.uint64(2**32)
    return (n ^ n >> np.uint64(16)) / 2.0**32 - 0.5


def main():
    count = SIZE * SIZE
    labels, i = np.arange(SAMPLES) % CLASSES, np.arange(count)
    x = np.array([mixed(label * 1000003 + i) for label in labels])
    x = (x + mixed(np.arange(SAMPLES * count)).reshape(SAMPLES, count)).astype(np.float32).astype(np.float64)
    target, weight = np.eye(CLASSES)[labels], WEIGHT[labels]
    kernel, bias = np.zeros((count, CLASSES)), np.zeros(CLASSES)
    print("/* class_weight.h - made by class_weight.py: of each step the weighted loss before it, and after it the loss\n"
          " * without weights. */")
    print("static const double weighted_loss[4][2] = {")
    for _ in range(STEPS):
        def probabilities():
            z = x @ kernel + bias
            e = np.exp(z - z.max(1, keepdims=True))
            return e / e.sum(1, keepdims=True)
        p = probabilities()
        loss = (weight * -np.log(p[np.arange(SAMPLES), labels])).sum() / SAMPLES
        dz = weight[:, None] * (p - target) / SAMPLES
        kernel -= RATE * x.T @ dz
        bias -= RATE * dz.sum(0)
        plain = -np.log(probabilities()[np.arange(SAMPLES), labels]).sum() / SAMPLES
        print(f"    {{{loss!r}, {plain!r}}},".replace("np.float64(", "").replace(")", ""))
    print("};")


main()
