"""/usr/bin/python3 batch_normalization.py > batch_normalization.h: ten steps of batch normalization in float64, by PyTorch with its
defaults, and by Keras's formula (biased moving variance, momentum 0.99, epsilon 1e-3).

An image is 2 x 3 x 4. Step s of a training has N samples, but the last step, which has 3 fewer where N is above 3. Number
i of a step's x and dy is given by number() below, plus 3 for each channel in x, rounded to float32; gamma is 0.5 + c, beta is c - 1. Of the
last step the header has the last sample's y and dx, d gamma, d beta, and the moving statistics after it."""
import torch

PIXELS, CHANNELS, STEPS = 6, 4, 10
SIZES = [1, 2, 15, 16, 17, 65, 128, 130]


def number(i, salt):
    return ((i * 7919 + salt * 104729) % 2003 - 1001) / 500


def tensors(n, step):
    count = n * PIXELS * CHANNELS
    x = torch.tensor([number(i, step) + 3 * (i % CHANNELS) for i in range(count)]).double()
    dy = torch.tensor([number(i, step + 50) for i in range(count)]).double()
    return x.reshape(-1, CHANNELS), dy.reshape(-1, CHANNELS)  # each value of a channel is a row


def parameters():
    gamma = torch.tensor([0.5 + c for c in range(CHANNELS)], dtype=torch.float64, requires_grad=True)
    beta = torch.tensor([c - 1.0 for c in range(CHANNELS)], dtype=torch.float64, requires_grad=True)
    return gamma, beta


def pytorch(x, state, gamma, beta):
    return torch.nn.functional.batch_norm(x, state[0], state[1], gamma, beta, True, 0.1, 1e-5)


def keras(x, state, gamma, beta):
    mean, variance = x.mean(0), ((x - x.mean(0)) ** 2).mean(0)
    with torch.no_grad():
        state[0].copy_(0.99 * state[0] + 0.01 * mean)
        state[1].copy_(0.99 * state[1] + 0.01 * variance)
    return gamma * (x - mean) / torch.sqrt(variance + 1e-3) + beta


def case(form, n):
    state = [torch.zeros(CHANNELS, dtype=torch.float64), torch.ones(CHANNELS, dtype=torch.float64)]
    for step in range(STEPS):
        x, dy = tensors(n - 3 if step == STEPS - 1 and n > 3 else n, step)
        gamma, beta = parameters()
        x.requires_grad_(True)
        y = form(x, state, gamma, beta)
        y.backward(dy)
    return [y[-PIXELS:], x.grad[-PIXELS:], gamma.grad, beta.grad, state[0], state[1]]


def show(values):
    return "{" + ", ".join(repr(float(v)) for v in values.detach().flatten()) + "}"


print("/* Made by batch_normalization.py with PyTorch %s. */" % torch.__version__)
for name, form in (("pytorch", pytorch), ("keras", keras)):
    print("static const struct normalized %s[] = {" % name)
    for n in SIZES:
        print("    {%d,\n     %s}," % (n, ",\n     ".join(show(v) for v in case(form, n))))
    print("};")
