/* gradient_files.c - writes the gradients of the first step into the run's folder: a file a tensor, floats. */
#include <cnnrun/callback.h>

static int plan(const void *self, const cnn_observed *seen, cnn_callback_plan *plan,
                cnn_error *error)
{
    (void)self, (void)seen, (void)error;
    plan->step_interval = 1;
    plan->wants_gradients = 1;
    return 0;
}

static int step(const void *self, const cnn_observed *seen, double *state, cnn_error *error)
{
    int failed = 0;
    (void)self, (void)state;
    for (uint64_t i = 0; seen->step == 1 && i < seen->tensor_count && !failed; i++) {
        const cnn_observed_tensor *tensor = &seen->tensors[i];
        const float *gradient = seen->gradients(seen->host, i);
        if (gradient)
            failed = seen->write_file(seen->host, tensor->name, gradient,
                                      tensor->count * sizeof *gradient, error);
    }
    return failed;
}

CNN_CALLBACK("gradient_files", "writes the first step's gradients", .plan = plan, .step = step)
