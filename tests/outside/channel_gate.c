/* channel_gate.c - the end of a squeeze-and-excite block: an image whose channels are weighted by the sigmoids of a
 * vector. Hu, Shen, Sun, "Squeeze-and-Excitation Networks", 2018. */
#include <cnnrun/layer.h>

typedef struct channel_gate {
    uint64_t pixels, channels;
} channel_gate;

static int plan(void *self, const cnn_shape *input, cnn_layer_plan *plan, cnn_error *error)
{
    channel_gate *g = self;
    plan->inputs_taken = 2;
    plan->output = *input;
    plan->flags = CNN_USES_INPUT;
    if (plan->input_count != 2)
        return 0; /* the host says what is wrong */
    const cnn_shape *gate = &plan->inputs[1];
    const uint64_t before = input->rank - gate->rank;
    int fits = gate->rank <= input->rank;
    for (uint64_t i = 0; fits && i < gate->rank; i++)
        fits = gate->dim[i] == input->dim[before + i];
    if (!fits)
        return cnn_fail(error, "the second input must be a vector of a number a channel of the "
                               "first, such as a dense layer gives");
    g->channels = cnn_shape_count(gate);
    g->pixels = cnn_shape_count(input) / g->channels;
    plan->flops = 2 * (double)cnn_shape_count(input);
    return 0;
}

static float sigmoid(float v)
{
    return 1 / (1 + expf(-v));
}

static void forward(const void *self, const cnn_layer_io *io)
{
    const channel_gate *g = self;
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t c = 0; c < g->channels; c++) {
            const float gate = sigmoid(io->xs[1][s * g->channels + c]);
            for (uint64_t p = 0; p < g->pixels; p++) {
                const uint64_t i = (s * g->pixels + p) * g->channels + c;
                io->y[i] = gate * io->x[i];
            }
        }
}

static void backward(const void *self, const cnn_layer_io *io)
{
    const channel_gate *g = self;
    for (uint64_t s = 0; s < io->samples; s++)
        for (uint64_t c = 0; c < g->channels; c++) {
            const float gate = sigmoid(io->xs[1][s * g->channels + c]);
            double sum = 0;
            for (uint64_t p = 0; p < g->pixels; p++) {
                const uint64_t i = (s * g->pixels + p) * g->channels + c;
                sum += (double)io->dy[i] * (double)io->x[i];
                if (io->dxs[0])
                    io->dxs[0][i] = gate * io->dy[i];
            }
            if (io->dxs[1])
                io->dxs[1][s * g->channels + c] = (float)sum * gate * (1 - gate);
        }
}

CNN_LAYER("channel_gate", "an image, its channels weighted by the sigmoids of a vector",
          .self_size = sizeof(channel_gate), .plan = plan, .forward = forward, .backward = backward)
