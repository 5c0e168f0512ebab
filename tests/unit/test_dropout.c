/* test_dropout.c - what is dropped, how much of it, and from whose stream, for each instruction
 * set. */
#include "layer_harness.h"

#include "unit.h"

static unit_layer open_dropout(const char *isa, double rate, size_t count)
{
    char given[64];
    snprintf(given, sizeof given, "rate=%.17g", rate);
    return layer_open("dropout", isa, given, (cnn_shape){1, {count}}, NULL);
}

/* What element i of a sample must draw: 128 elements share 16 blocks of the generator; the
 * element's block is its place modulo 16, its 16 bits are the (place / 16)-th of the block. */
static unsigned bits_of(const cnn_random *random, size_t i)
{
    uint32_t word[4];
    const size_t place = i % 128;
    cnn_random_block(random, i / 128 * 16 + place % 16, word);
    return word[place / 32] >> (place / 16 % 2 * 16) & 0xFFFF;
}

START_TEST(drops_by_the_stream)
{
    const size_t counts[] = {1, 2, 3, 15, 16, 17, 127, 128, 129, 130, 300};
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++)
        for (size_t k = 0; k < 11 && harness_has("dropout", harness_isas[isa]); k++) {
            unit_layer l = open_dropout(harness_isas[isa], 0.25, counts[k]);
            unit_run r = run_new(&l, 5);
            run_forward(&l, &r);
            run_backward(&l, &r);
            for (size_t i = 0; i < 5 * counts[k]; i++) {
                const bool keep = bits_of(&r.random[i / counts[k]], i % counts[k]) >= 16384;
                const float scale = 65536.0F / (65536 - 16384);
                ck_assert(r.y[i] == (keep ? r.x[i] * scale : 0));
                ck_assert(r.dx[i] == (keep ? r.dy[i] * scale : 0));
            }
            guards_release();
            layer_close(&l);
        }
}
END_TEST

static void check_share(double rate)
{
    const size_t count = 4000, samples = 25;
    const double n = (double)(count * samples), kept_share = 1 - rate;
    unit_layer l = open_dropout("", rate, count);
    unit_run r = run_new(&l, samples);
    double kept = 0, sum = 0;
    for (size_t i = 0; i < count * samples; i++)
        r.x[i] = 1;
    run_forward(&l, &r);
    for (size_t i = 0; i < count * samples; i++) {
        kept += r.y[i] != 0;
        sum += (double)r.y[i];
    }
    const double sigma = sqrt(n * kept_share * rate);
    ck_assert_double_le(fabs(kept - n * kept_share), 5 * sigma + n / 131072);
    ck_assert_double_le(fabs(sum - n), 5 * sigma / kept_share + n * 1e-6);
    guards_release();
    layer_close(&l);
}

START_TEST(keeps_its_share_and_the_mean)
{
    check_share(0.1);
    check_share(0.25);
    check_share(0.5);
    check_share(0.9);
    check_share(0.001);
}
END_TEST

/* Two samples' masks agree as often as independent ones do. */
START_TEST(samples_are_independent)
{
    const size_t count = 20000;
    unit_layer l = open_dropout("", 0.5, count);
    unit_run r = run_new(&l, 3);
    double equal[2] = {0, 0};
    r.random[2] = r.random[0];
    run_forward(&l, &r);
    for (size_t i = 0; i < count; i++) {
        equal[0] += (r.y[i] != 0) == (r.y[count + i] != 0);
        equal[1] += (r.y[i] != 0) == (r.y[2 * count + i] != 0);
    }
    ck_assert_double_le(fabs(equal[0] - 10000), 5 * sqrt(5000));
    ck_assert_double_eq(equal[1], 20000);
    guards_release();
    layer_close(&l);
}
END_TEST

START_TEST(works_in_place)
{
    for (size_t isa = 0; isa < HARNESS_ISAS; isa++) {
        if (!harness_has("dropout", harness_isas[isa]))
            continue;
        unit_layer l = open_dropout(harness_isas[isa], 0.3, 333);
        unit_run apart = run_new(&l, 4), place = run_new(&l, 4);
        ck_assert(l.plan.flags & CNN_IN_PLACE);
        place.y = place.x;
        place.dx = place.dy;
        run_forward(&l, &apart);
        run_backward(&l, &apart);
        run_forward(&l, &place);
        run_backward(&l, &place);
        ck_assert(same_bits(apart.y, place.y, 4 * 333));
        ck_assert(same_bits(apart.dx, place.dx, 4 * 333));
        guards_release();
        layer_close(&l);
    }
}
END_TEST

START_TEST(evaluation_changes_nothing)
{
    unit_layer l = open_dropout("", 0.5, 100), none = open_dropout("", 0, 100);
    unit_run r = run_new(&l, 3), zero = run_new(&none, 3);
    r.training = false;
    run_forward(&l, &r);
    ck_assert(same_bits(r.x, r.y, 300));
    ck_assert_uint_eq(none.plan.saved_bytes, 0);
    ck_assert(!(none.plan.flags & CNN_RANDOM));
    run_forward(&none, &zero);
    run_backward(&none, &zero);
    ck_assert(same_bits(zero.x, zero.y, 300));
    ck_assert(same_bits(zero.dx, zero.dy, 300));
    guards_release();
    layer_close(&l);
    layer_close(&none);
}
END_TEST

/* Whatever is dropped is zero, also infinity and NaN; a rate that rounds to 1 still keeps some. */
START_TEST(survives_extremes)
{
    unit_layer l = open_dropout("", 0.9999999, 100000);
    unit_run r = run_new(&l, 8);
    size_t kept = 0;
    for (size_t i = 0; i < 800000; i++)
        r.x[i] = i % 2 ? NAN : INFINITY;
    run_forward(&l, &r);
    for (size_t i = 0; i < 800000; i++)
        kept += r.y[i] != 0;
    ck_assert_uint_gt(kept, 0); /* 12 expected */
    ck_assert_uint_lt(kept, 40);
    guards_release();
    layer_close(&l);
}
END_TEST

START_TEST(agrees_with_differences)
{
    unit_layer l = open_dropout("", 0.4, 50);
    ck_assert_double_lt(harness_gradient_error(&l, 3), 1e-3);
    layer_close(&l);
}
END_TEST

UNIT_MAIN("dropout", drops_by_the_stream, keeps_its_share_and_the_mean, samples_are_independent,
          works_in_place, evaluation_changes_nothing, survives_extremes, agrees_with_differences)
