#!/usr/bin/python3
"""initializers.py - prints the golden cases of the initializers: `initializers.py cases`.

The generator is written here from Salmon et al. 2011, the distributions from Keras's formulas, the orthogonal matrix by
NumPy's QR decomposition. The conformance kit fills the cases from the stream (seed 1, stream 2).
"""
import math
import numpy as np

SEED, STREAM = 1, 2
MASK = 2 ** 32 - 1


def philox(seed, stream, index):
    c = [index & MASK, index >> 32, stream & MASK, stream >> 32]
    k = [seed & MASK, seed >> 32]
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(q >> 32) ^ c[1] ^ k[0], q & MASK, (p >> 32) ^ c[3] ^ k[1], p & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def split(stream, label):
    word = philox(SEED, stream ^ 0x9E3779B97F4A7C15, label)
    return word[1] << 32 | word[0]


def uniform(i, stream=STREAM):
    word = philox(SEED, stream, i)
    return ((word[1] << 32 | word[0]) >> 11) / 2.0 ** 53


def normal(i, stream=STREAM):
    word = philox(SEED, stream, i)
    u = (((word[1] << 32 | word[0]) >> 11) + 1) / 2.0 ** 53
    v = ((word[3] << 32 | word[2]) >> 11) / 2.0 ** 53
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)


def cut(i):
    attempt = 0
    while abs(normal(i, split(STREAM, attempt))) > 2:
        attempt += 1
    return normal(i, split(STREAM, attempt))


def count(shape):
    return math.prod(shape)


def within(bound):
    return lambda shape: [bound * (2 * uniform(i) - 1) for i in range(count(shape))]


def cut_to(stddev):
    return lambda shape: [stddev / 0.87962566103423978 * cut(i) for i in range(count(shape))]


def orthogonal(gain):
    def values(shape):
        rows, columns = count(shape[:-1]), shape[-1]
        a = np.float32([normal(i) for i in range(rows * columns)]).astype(np.float64).reshape(rows, columns)
        q, r = np.linalg.qr(a if rows >= columns else a.T)
        q = q * np.sign(np.diag(r))
        return (gain * (q if rows >= columns else q.T)).ravel().tolist()
    return values


def identity(gain):
    def values(shape):
        w = np.zeros(shape)
        for i in range(min(shape[-2:])):
            w[tuple((k - 1) // 2 for k in shape[:-2]) + (i, i)] = gain
        return w.ravel().tolist()
    return values


def random_scale(low, high):
    scale = math.exp(math.log(low) + uniform(0, split(STREAM, 1)) * (math.log(high) - math.log(low)))
    return within(scale)


IN, OUT = 6, 4  # the fans of each case
CASES = [
    ("glorot_uniform", "{}", [2, 3], within(math.sqrt(6 / (IN + OUT)))),
    ("he_normal", "{}", [2, 3], cut_to(math.sqrt(2 / IN))),
    ("random_uniform", "{minval: -1, maxval: 3}", [5], lambda s: [4 * uniform(i) - 1 for i in range(5)]),
    ("random_normal", "{}", [2, 3], lambda s: [0.05 * normal(i) for i in range(6)]),
    ("random_normal", "{mean: 2, stddev: 0.5}", [4], lambda s: [2 + 0.5 * normal(i) for i in range(4)]),
    ("truncated_normal", "{}", [2, 3], lambda s: [0.05 * cut(i) for i in range(6)]),
    ("truncated_normal", "{mean: -1, stddev: 0.25}", [4], lambda s: [0.25 * cut(i) - 1 for i in range(4)]),
    ("variance_scaling", "{}", [2, 3], cut_to(math.sqrt(1 / IN))),
    ("variance_scaling", "{scale: 3, mode: fan_out, distribution: uniform}", [2, 2], within(math.sqrt(3 * 3 / OUT))),
    ("variance_scaling", "{scale: 2, mode: fan_avg, distribution: untruncated_normal}", [2, 2],
     lambda s: [math.sqrt(2 / 5) * normal(i) for i in range(4)]),
    ("glorot_normal", "{}", [2, 3], cut_to(math.sqrt(2 / (IN + OUT)))),
    ("he_uniform", "{}", [2, 3], within(math.sqrt(6 / IN))),
    ("lecun_uniform", "{}", [2, 3], within(math.sqrt(3 / IN))),
    ("lecun_normal", "{}", [2, 3], cut_to(math.sqrt(1 / IN))),
    ("orthogonal", "{}", [3, 2], orthogonal(1)),
    ("orthogonal", "{gain: 0.5}", [2, 2, 5], orthogonal(0.5)),
    ("identity", "{gain: 2}", [2, 3], identity(2)),
    ("identity", "{}", [1, 2, 2, 2], identity(1)),
    ("random_scale", "{}", [2, 2], random_scale(0.001, 1)),
    ("random_scale", "{min_scale: 0.05, max_scale: 1000}", [2, 2], random_scale(0.05, 1000)),
    ("torch_default", "{}", [2, 3], within(math.sqrt(1 / IN))),
    ("caffe_xavier", "{}", [2, 2], within(math.sqrt(3 / IN))),
    ("caffe_xavier", "{variance_norm: fan_out}", [2, 2], within(math.sqrt(3 / OUT))),
    ("caffe_xavier", "{variance_norm: average}", [2, 2], within(math.sqrt(6 / (IN + OUT)))),
]

for name, parameters, shape, values in CASES:
    numbers = ", ".join(repr(float(x)) for x in values(shape))
    print(f'{name}:    {{"{parameters}", 1e-6, {{{len(shape)}, {{{", ".join(map(str, shape))}}}}}, '
          f'{{CNN_VALUES("fans", {IN}, {OUT}), CNN_VALUES("weights", {numbers})}}}},')
