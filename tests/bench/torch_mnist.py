#!/usr/bin/python3
"""The network of pipelines/mnist.yaml in PyTorch, on the CPU: what bench.sh compares with.

usage: torch_mnist.py DATA_DIR FILTERS THREADS STEPS

DATA_DIR holds MNIST's training files, raw or .gz; FILTERS are those of the second convolution. Prints
a line "train|infer contiguous|channels_last IMAGES_PER_SECOND" for each memory layout, the faster of
which depends on processor and version. A step is a batch of 128, gathered in shuffled order from
images that are floats already.
"""
import gzip
import os
import sys
import time

import numpy as np
import torch
from torch import nn

BATCH = 128
WARM_UP = 5  # steps


def read(folder, name):
    """Bytes of an IDX file, raw or .gz."""
    path = os.path.join(folder, name)
    if os.path.exists(path):
        with open(path, "rb") as file:
            return file.read()
    with gzip.open(path + ".gz") as file:
        return file.read()


def load(folder):
    """Images as floats in [0, 1], and labels."""
    pixels = np.frombuffer(read(folder, "train-images-idx3-ubyte"), np.uint8, offset=16)
    labels = np.frombuffer(read(folder, "train-labels-idx1-ubyte"), np.uint8, offset=8)
    images = torch.from_numpy(pixels.reshape(-1, 1, 28, 28).astype(np.float32) / 255)
    return images, torch.from_numpy(labels.astype(np.int64))


def network(filters):
    """It ends in logits; PyTorch's cross entropy holds the softmax."""
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(),
        nn.Conv2d(32, filters, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(12 * 12 * filters, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, 10))


def speed(step, batches):
    """Images per second of step(batch) over the batches after the first few."""
    for rows in batches[:WARM_UP]:
        step(rows)
    start = time.perf_counter()
    for rows in batches[WARM_UP:]:
        step(rows)
    return (len(batches) - WARM_UP) * BATCH / (time.perf_counter() - start)


def measure(images, labels, filters, steps, layout):
    """Images per second of training and of inference."""
    torch.manual_seed(1)
    net = network(filters).to(memory_format=layout)
    optimizer = torch.optim.Adadelta(net.parameters(), lr=1.0, rho=0.95, eps=1e-7)
    loss_of = nn.CrossEntropyLoss()
    batches = torch.randperm(len(images))[:(WARM_UP + steps) * BATCH].split(BATCH)

    def train(rows):
        optimizer.zero_grad()
        loss_of(net(images[rows].contiguous(memory_format=layout)), labels[rows]).backward()
        optimizer.step()

    def infer(rows):
        with torch.inference_mode():
            output = net(images[rows].contiguous(memory_format=layout))
            return loss_of(output, labels[rows]).item(), (output.argmax(1) == labels[rows]).sum().item()

    trained = speed(train, batches)
    net.eval()
    return trained, speed(infer, batches)


def main():
    folder, (filters, threads, steps) = sys.argv[1], map(int, sys.argv[2:5])
    torch.set_num_threads(threads)
    images, labels = load(folder)
    steps = min(steps, len(images) // BATCH - WARM_UP)
    for name in "contiguous", "channels_last":
        layout = torch.channels_last if name == "channels_last" else torch.contiguous_format
        trained, inferred = measure(images, labels, filters, steps, layout)
        print(f"train {name} {trained:.1f}\ninfer {name} {inferred:.1f}", flush=True)


main()
