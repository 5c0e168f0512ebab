#!/usr/bin/python3
"""erfc.py - prints the coefficients of wide_erfc in plugins/kernels/exp.h, by Chebyshev's interpolation. Needs mpmath.

The function is g(u) = (1 + 2 z) exp(z^2) erfc(z) with z = 3 (1 + u) / (1 - u), u in [-1, 1]."""
from mpmath import cos, erfc, exp, mp, mpf, nstr, pi, polyval, sqrt

mp.dps = 40
DEGREE = 14
N = DEGREE + 1


def erfcx(z):
    if z < 80:
        return exp(z * z) * erfc(z)
    return (1 - 1 / (2 * z**2) + 3 / (4 * z**4) - 15 / (8 * z**6) + 105 / (16 * z**8)) / (z * sqrt(pi))


def g(u):
    z = 3 * (1 + u) / (1 - u)
    return (1 + 2 * z) * erfcx(z)


def chebyshev(j):
    values = [g(cos(pi * (2 * k + 1) / (2 * N))) * cos(pi * j * (2 * k + 1) / (2 * N)) for k in range(N)]
    return (1 if j == 0 else 2) * sum(values) / N


powers, before, now = [mpf(0)] * N, [mpf(1)], [mpf(0), mpf(1)]
for j in range(N):
    for i, x in enumerate(before):
        powers[i] += chebyshev(j) * x
    after = [mpf(0)] + [2 * x for x in now]
    for i, x in enumerate(before):
        after[i] -= x
    before, now = now, after
points = [mpf(i) / 500 - 1 for i in range(999)]
print(",\n".join(nstr(x, 17) for x in powers))
print("largest relative error", nstr(max(abs(polyval(powers[::-1], u) / g(u) - 1) for u in points), 3))
