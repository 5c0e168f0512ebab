/* class_weight.h - made by class_weight.py: of each step the weighted loss before it, and after it the loss
 * without weights. */
static const double weighted_loss[4][2] = {
    {1.64622455382987, 1.3438648496785053},
    {1.5714001648325675, 1.30359242549448},
    {1.500987137249906, 1.2654125406059211},
    {1.434869203202097, 1.2292481130653374},
};
