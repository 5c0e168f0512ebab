#!/usr/bin/python3
"""gradients.py - writes gradients.h: by PyTorch, gradients of tests/pipelines/{residual,concatenating,squeeze_excite,stretched}.yaml.

Images are those of tests/outside/made_images.c, weights are made by a formula, both rounded to float32; all else is
float64. Shapes are cnnrun's: images (height, width, channels), kernels (height, width, input, output). Run:
/usr/bin/python3 gradients.py > gradients.h
"""
import numpy as np
import torch
import torch.nn.functional as F


def mixed(n):
    """Numbers in [-0.5, 0.5) from whole ones."""
    n = np.asarray(n, np.uint64) % 2**32
    n = (n ^ n >> np.uint64(16)) * np.uint64(0x7FEB352D) % np.uint64(2**32)
    n = (n ^ n >> np.uint64(15)) * np.uint64(0x846CA68B) % np.uint64(2**32)
    return (n ^ n >> np.uint64(16)) / 2.0**32 - 0.5


def float64(x):
    return torch.tensor(np.asarray(x, np.float32).astype(np.float64))


def made_images(samples, size, channels, classes):
    count = size * size * channels
    labels, i = np.arange(samples) % classes, np.arange(count)
    pattern = np.array([mixed(label * 1000003 + i) for label in labels])
    noise = mixed(np.arange(samples * count)).reshape(samples, count)
    images = float64(pattern + noise).reshape(samples, size, size, channels)
    return images.permute(0, 3, 1, 2), torch.tensor(labels)


class Weights(dict):
    def make(self, name, shape, middle, half):
        """half wide on both sides of the middle; as set_weights() in test_golden.c has it."""
        key = 0
        for c in name.encode():
            key = (key * 31 + c) % 2**32
        values = middle + 2 * half * mixed(key + np.arange(int(np.prod(shape))))
        self[name] = float64(values).reshape(shape).requires_grad_()
        return self[name]

    def conv(self, name, x, filters, size, stride=1, same=True, bias=True):
        shape = (size, size, x.shape[1], filters)
        kernel = self.make(name + "/kernel", shape, 0, np.sqrt(3 / (size * size * x.shape[1])))
        bias = self.make(name + "/bias", (filters,), 0, 0.1) if bias else None
        if same:
            lacks = max((-(-x.shape[2] // stride) - 1) * stride + size - x.shape[2], 0)
            x = F.pad(x, (lacks // 2, lacks - lacks // 2) * 2)
        return F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride)

    def norm(self, name, x):
        """Before it, a bias would have no gradient."""
        gamma, beta = (self.make(name + end, (x.shape[1],), middle, 0.1) for end, middle in (("/gamma", 1), ("/beta", 0)))
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-3)

    def dense(self, name, x, units):
        kernel = self.make(name + "/kernel", (x.shape[1], units), 0, np.sqrt(3 / x.shape[1]))
        return x @ kernel + self.make(name + "/bias", (units,), 0, 0.1)

    def end(self, x, classes):
        return self.dense("classes", x.mean((2, 3)), classes)


def residual(w):
    images, labels = made_images(24, 10, 3, 4)
    x = F.relu(w.norm("stem_norm", w.conv("stem", images, 5, 3, bias=False)))
    y = F.relu(w.norm("a1_norm", w.conv("a1", x, 5, 3, bias=False)))
    x = F.relu(w.norm("a2_norm", w.conv("a2", y, 5, 3, bias=False)) + x)
    y = F.relu(w.norm("b1_norm", w.conv("b1", x, 6, 3, 2, bias=False)))
    x = F.relu(w.norm("b2_norm", w.conv("b2", y, 6, 3, bias=False)) + w.conv("b0", x, 6, 1, 2))
    return F.cross_entropy(w.end(x, 4), labels)


def concatenating(w):
    images, labels = made_images(40, 8, 2, 5)
    stem = F.relu(w.norm("stem", w.conv("first", images, 6, 3, bias=False)))
    left, middle, right = F.relu(w.conv("left", stem, 4, 3)), w.conv("middle", stem, 4, 1), w.conv("right", stem, 4, 5)
    product = middle * right
    larger = torch.maximum(left - middle, (left + right + product) / 3)
    x = F.max_pool2d(w.norm("joined", torch.cat((larger, product, stem), 1)), 2)
    return F.cross_entropy(w.end(w.conv("last", x, 6, 3, same=False), 5), labels)


def squeeze_excite(w):
    images, labels = made_images(40, 9, 2, 4)
    x = F.relu(w.conv("stem", images, 6, 3, same=False))
    y = w.conv("features", x, 6, 3)
    gate = w.dense("excite", F.relu(w.dense("squeeze", y.mean((2, 3)), 3)), 6)
    x = F.relu(y * torch.sigmoid(gate)[:, :, None, None] + x)
    return F.cross_entropy(w.end(x, 4), labels)


def stretched(w):
    images, labels = made_images(40, 8, 2, 4)
    stem = F.relu(w.conv("stem", images, 5, 3, same=False))
    mean = stem.mean((2, 3), keepdim=True)
    gate = torch.sigmoid(w.dense("logits", mean[:, :, 0, 0], 5))[:, :, None, None]
    spot = w.conv("spot", stem, 1, 1)
    larger = torch.maximum(gate * (mean - stem), spot)
    x = F.relu((larger + mean + spot) / 3 + gate)
    return F.cross_entropy(w.end(x, 4), labels)


print("/* gradients.h - losses and gradients of networks that branch; written by gradients.py, not by hand. */")
for network in residual, concatenating, squeeze_excite, stretched:
    weights = Weights()
    loss = network(weights)
    loss.backward()
    name = network.__name__
    print(f"static const double {name}_loss = {loss.item()!r};")
    print(f"static const golden_gradient {name}_gradients[] = {{")
    for tensor, w in weights.items():
        values = ", ".join(f"{g:.8g}" for g in w.grad.flatten().tolist())
        print(f'    {{"{tensor}", {w.numel()}, (const double[]){{{values}}}}},')
    print("};")
