/* hinge.hpp - what the two losses in C++ share: the loss of plain_hinge.c, in today's words. */
#include <cnnrun/loss.h>

#include <algorithm>
#include <functional>
#include <numeric>

namespace
{
struct settings {
    double margin;
};

const cnn_param params[] = {
    CNN_PARAM(settings, margin, CNN_REAL, "1", 0, 100, 0, "the margin"),
    CNN_PARAM_END,
};

double value(const void *self, const double *output, const double *target, size_t classes)
{
    const double margin = static_cast<const settings *>(self)->margin;
    return std::inner_product(
               output, output + classes, target, 0.0, std::plus<>(),
               [margin](double y, double t) { return std::max(0.0, margin - (2 * t - 1) * y); }) /
           static_cast<double>(classes);
}

void gradient(const void *self, const double *output, const double *target, size_t classes,
              double *gradient)
{
    const double margin = static_cast<const settings *>(self)->margin;
    std::transform(output, output + classes, target, gradient, [=](double y, double t) {
        const double sign = 2 * t - 1;
        return margin - sign * y <= 0 ? 0 : -sign / static_cast<double>(classes);
    });
}
} // namespace
