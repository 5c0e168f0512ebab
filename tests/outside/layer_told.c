/* layer_told.c - gives as its output what the host tells a layer, for a loss to show. */
#include <cnnrun/layer.h>

typedef struct layer_told {
    int64_t piece;
    uint64_t in, shard, training, caches;
} layer_told;

#define NUMBERS 10

static const cnn_param params[] = {
    CNN_PARAM(layer_told, piece, CNN_INTEGER, "0", 0, 16, 0, "samples that a piece should have"),
    CNN_PARAM_END,
};

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    layer_told *l = self;
    (void)error;
    l->in = cnn_shape_count(input);
    l->shard = plan->shard_samples;
    l->training = plan->training;
    l->caches = plan->cache_bytes[0] > 0 && plan->cache_bytes[1] >= plan->cache_bytes[0] &&
                plan->cache_bytes[2] > 0;
    plan->output = (cnn_shape){1, {NUMBERS}};
    plan->piece_samples = (uint64_t)l->piece;
    return 0;
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const layer_told *l = self;
    const uint64_t told[NUMBERS] = {io->samples, l->shard,  l->training, l->caches,
                                    io->step,    io->epoch, io->training};
    for (uint64_t i = 0; i < io->samples * NUMBERS; i++)
        io->y[i] = (float)told[i % NUMBERS];
}

static void backward(const void *self, const cnn_layer_io *io)
{
    for (uint64_t i = 0; io->dx && i < io->samples * ((const layer_told *)self)->in; i++)
        io->dx[i] = (float)io->step - (float)io->epoch;
}

CNN_LAYER("layer_told", "what the host tells", .params = params, .self_size = sizeof(layer_told),
          .plan = plan, .forward = forward, .backward = backward)
