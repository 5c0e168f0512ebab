/* draw.c - a check's own random numbers, the same for the same seed and rule. */
#include <math.h>

#include "kit.h"

double kit_uniform(kit_case *c)
{
    return cnn_random_uniform(&c->random, c->drawn++);
}

double kit_normal(kit_case *c)
{
    const double u = 1 - kit_uniform(c), v = kit_uniform(c);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

uint64_t kit_below(kit_case *c, uint64_t n)
{
    return cnn_random_below(&c->random, c->drawn++, n);
}

double kit_dyadic(kit_case *c, int range, int bits)
{
    const double steps = ldexp(range, bits);
    return ldexp((double)kit_below(c, (uint64_t)(2 * steps) + 1) - steps, -bits);
}
