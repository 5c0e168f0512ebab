#!/usr/bin/python3
"""layers.py > layers.h: what layers must give, forward and back, by PyTorch in float64. `layers.py NAME` prints the case that
stands in plugins/layer/NAME.c.

A case has the layer, its parameters, the shape of a sample (height, width, channels), x, dy and weights, all rounded to
float32; and y, dx and the weights' gradients. Number i of a tensor is given by number() below; ties() makes many equal."""
import sys

import torch
import torch.nn.functional as F

CASES = []


def number(i, salt):
    return ((i * 7919 + salt * 104729) % 2003 - 1001) / 500


def numbers(count, salt, scale=1):
    return [scale * number(i, salt) for i in range(count)]


def ties(count, salt):
    return [round(v) / 2 for v in numbers(count, salt)]


def size(shape):
    count = 1
    for n in shape:
        count *= n
    return count


def images(x):
    return x.permute(0, 3, 1, 2)


def rows(y):
    return y.permute(0, 2, 3, 1)


class Case:
    """`weights` are (name, shape, values). `small` cases stand in the plugin. `each`: every number has its own tolerance."""

    def __init__(self, layer, form, shape, x=None, parameters="", weights=(), samples=2, each=False, small=False):
        self.layer, self.form, self.shape, self.parameters = layer, form, shape, parameters
        self.each, self.small, self.weights = each, small, weights
        self.x = x if x else numbers(samples * size(shape), 1)
        self.samples = len(self.x) // size(shape)
        CASES.append(self)

    def run(self):
        def leaf(values, shape):
            return torch.tensor(values, dtype=torch.float32).double().reshape(shape).requires_grad_(True)

        self.tensors = {"x": leaf(self.x, [self.samples] + self.shape)}
        for name, shape, values in self.weights:
            self.tensors[name] = leaf(values, shape)
        y = self.form(*self.tensors.values())
        dy = torch.tensor(numbers(y.numel(), 9), dtype=torch.float32).double()
        if self.small:
            dy = torch.tensor([[1.0, -2.0, 0.5, 3.0][i % 4] for i in range(y.numel())]).double()
        y.backward(dy.reshape(y.shape))
        arrays = [(name, t) for name, t in self.tensors.items()]
        arrays[1:1] = [("dy", dy)]
        arrays += [("y", y)] + [("d" + name, t.grad) for name, t in self.tensors.items()]
        return arrays


# ---- activations -------------------------------------------------------------------------------------------------

EXTREME = [0.0, 1e-30, -1e-30, 1e-6, -1e-6, 1e-3, -1e-3, 1.0, -1.0, 2.5, -2.5, 3.0, -3.0, 6.0, -6.0, 6.5, 12.0, -12.0, 25.0, -25.0,
           100.0, -100.0, 1e4, -1e4, 1e30, -1e30]


def elementwise(layer, form, parameters="", extreme=EXTREME):
    Case(layer, form, [4], [-2, -0.5, 0.25, 3.5], parameters, small=True)
    Case(layer, form, [3, 3, 5], None, parameters)
    Case(layer, form, [len(extreme)], extreme, parameters, each=True)


elementwise("sigmoid", torch.sigmoid)
elementwise("tanh", torch.tanh)
elementwise("leaky_relu", lambda x: F.leaky_relu(x, 0.3))
elementwise("leaky_relu", lambda x: F.leaky_relu(x, 0.01), "negative_slope=0.01")
elementwise("elu", F.elu)
elementwise("elu", lambda x: F.elu(x, 0.5), "alpha=0.5")
elementwise("selu", F.selu)
elementwise("gelu", F.gelu)
elementwise("gelu", lambda x: F.gelu(x, approximate="tanh"), "approximate=true")
elementwise("silu", F.silu)
elementwise("relu6", F.relu6)
elementwise("softplus", F.softplus)
elementwise("softsign", F.softsign)
elementwise("mish", F.mish)
elementwise("hard_sigmoid", F.hardsigmoid)
for shape in ([4], [13], [2, 3, 5]):
    Case("log_softmax", lambda x: F.log_softmax(x, -1), shape, small=shape == [4])
Case("log_softmax", lambda x: F.log_softmax(x, -1), [3], [1e4, 1e4, -1e4, 2, 2, 2])
Case("log_softmax", lambda x: F.log_softmax(x, -1), [3], [88, -88, 0, 1e-3, 1e-6, 0])
Case("softmax", lambda x: F.softmax(x, -1), [2, 3, 5])
Case("prelu", lambda x, a: torch.where(x > 0, x, a * x), [4], [-2, -0.5, 0.25, 3.5, 1, -1, -3, 2],
     weights=[("alpha", [4], [0.25, -0.5, 0, 1])], small=True)
for axes, shape in (("1,2", [1, 1, 5]), ("1,2,3", [1, 1, 1]), ("-1,1", [1, 4, 1]), ("2", [3, 1, 5]), ("null", [3, 4, 5])):
    Case("prelu", lambda x, a: torch.where(x > 0, x, a * x), [3, 4, 5], parameters="shared_axes=" + axes,
         weights=[("alpha", shape, numbers(size(shape), 4))], samples=3)

# ---- out ---------------------------------------------------------------------------------------------------------


def text(v, digits):
    v = float(v)
    return "NAN" if v != v else "INFINITY" if v == float("inf") else "-INFINITY" if v == -float("inf") else "%.*g" % (digits, v)


def values(t, digits=9):
    return ", ".join(text(v, digits) for v in t.detach().flatten())


def shape_text(shape):
    return "{%d, {%s}}" % (len(shape), ", ".join(str(n) for n in shape))


def print_case(case):
    print('    {"%s", "%s", %d, %s, {' % (case.layer, case.parameters, case.each, shape_text(case.shape)))
    print(",\n".join('        CNN_VALUES("%s", %s)' % (name, values(t)) for name, t in case.run()) + "}},")


def yaml(parameters):
    return "{" + ", ".join(p.replace("=", ": ") for p in parameters.split()) + "}"


def print_small(case):
    arrays = ",\n".join('CNN_VALUES("%s", %s)' % (name, values(t, 8)) for name, t in case.run())
    print('{"%s", 1e-5, %s, {%s}},' % (yaml(case.parameters), shape_text(case.shape), arrays))


if len(sys.argv) > 1:
    for case in CASES:
        if case.small and case.layer == sys.argv[1]:
            print_small(case)
else:
    print("/* Made by layers.py with PyTorch %s. */" % torch.__version__)
    print("static const struct layer_case layer_cases[] = {")
    for case in CASES:
        print_case(case)
    print("};")
