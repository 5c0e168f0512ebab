/* profile.c - where the time of training goes, layer by layer. */
#include "base/clock.h"
#include "engine/private.h"

void cnn_worker_start(cnn_worker *worker)
{
    worker->since = cnn_clock_now();
}

/* Evaluations, and what explains a loss that is not finite, are not counted. */
void cnn_worker_lap(const cnn_engine *engine, cnn_worker *worker, size_t slot)
{
    const double time = cnn_clock_now();
    if (engine->batch)
        worker->seconds[slot] += time - worker->since;
    worker->since = time;
}

/* Microseconds an image, over all threads. */
static double microseconds(const cnn_engine *engine, size_t slot)
{
    double sum = 0;
    for (size_t w = 0; w < engine->threads; w++)
        sum += engine->workers[w].seconds[slot];
    return 1e6 * sum / (double)(engine->trained ? engine->trained : 1);
}

/* Multiply-adds of all passes count as if each were done by definition, whatever the layer does. */
static double gigaflops(const cnn_engine *engine, size_t n, double time)
{
    const cnn_node *node = &engine->network->nodes[n];
    bool trains = false;
    for (uint64_t w = 0; node->plan.trained && w < node->plan.weight_count; w++)
        trains |= cnn_role_is_trained(node->plan.weights[w].role);
    const double passes = 1 + trains + engine->plan->nodes[n].dx;
    return time > 0 ? passes * node->plan.flops / time * 1e-3 : 0;
}

void cnn_engine_profile(const cnn_engine *engine, cnn_text *text)
{
    static const char *const rest[CNN_REST] = {"gathering images", "loss and metrics",
                                               "sums of gradients", "optimizer"};
    double all = 0;
    cnn_text_add(text, "%-32s %9s %9s %9s %9s\n", "microseconds an image, all threads", "forward",
                 "backward", "gradient", "GFLOP/s");
    for (size_t n = 0; n < engine->network->node_count; n++) {
        double pass[CNN_PASSES], time = 0;
        for (size_t p = 0; p < CNN_PASSES; p++)
            time += pass[p] = microseconds(engine, cnn_slot_of(n, p));
        cnn_text_add(text, "%-34s %9.2f %9.2f %9.2f %9.0f\n", engine->network->nodes[n].spec->name,
                     pass[CNN_FORWARD], pass[CNN_BACKWARD], pass[CNN_GRADIENT],
                     gigaflops(engine, n, time));
        all += time;
    }
    for (size_t r = 0; r < CNN_REST; r++) {
        const double time = microseconds(engine, cnn_slot_of_rest(engine, r));
        cnn_text_add(text, "%-34s %9.2f\n", rest[r], time);
        all += time;
    }
    cnn_text_add(text, "%-34s %9.2f\n", "all", all);
}
