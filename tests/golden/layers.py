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

# ---- pooling -----------------------------------------------------------------------------------------------------


def pooled(form, pads=(0, 0, 0, 0), fill=0.0):
    """`form` on channels first; pads are top, bottom, left, right."""
    top, bottom, left, right = pads
    return lambda x: rows(form(F.pad(images(x), (left, right, top, bottom), value=fill)))


def pool_case(layer, form, shape, parameters="", pads=(0, 0, 0, 0), small=False):
    fill = float("-inf") if layer == "max_pooling2d" else 0.0
    x = ties(size(shape) * (1 if small else 2), 3) if layer == "max_pooling2d" or small else None
    Case(layer, pooled(form, pads, fill), shape, x, parameters, small=small)


def largest(window, stride, ceil=False):
    return lambda x: F.max_pool2d(x, window, stride, ceil_mode=ceil)


def mean(window, stride, padding=0, ceil=False, count=False):
    return lambda x: F.avg_pool2d(x, window, stride, padding, ceil, count)


for layer, form in (("max_pooling2d", largest), ("average_pooling2d", mean)):
    pool_case(layer, form(2, 2), [4, 4, 1], small=True)
    pool_case(layer, form(2, 2), [5, 7, 3])
    pool_case(layer, form((2, 3), (1, 2)), [5, 8, 3], "pool_size=2x3 strides=1x2")
    pool_case(layer, form(3, 2, ceil=True), [6, 8, 2], "pool_size=3 strides=2 rounding=ceil")
    pool_case(layer, form(2, 3, ceil=True), [6, 7, 2], "pool_size=2 strides=3 rounding=ceil")
pool_case("max_pooling2d", largest(3, 2), [6, 7, 3], "pool_size=3 strides=2 padding=same", (0, 1, 1, 1))
pool_case("max_pooling2d", largest(3, 1), [5, 4, 3], "pool_size=3 strides=1 pads=1", (1, 1, 1, 1))
pool_case("max_pooling2d", largest(3, 2), [5, 4, 3], "pool_size=3 strides=2 pads=0,2,1,0", (0, 2, 1, 0))
pool_case("max_pooling2d", lambda x: F.max_pool2d(x, 3, 2, (1, 0), ceil_mode=True), [6, 8, 2],
          "pool_size=3 strides=2 pads=1,0 rounding=ceil")
pool_case("average_pooling2d", mean(3, 2, 1), [5, 7, 3], "pool_size=3 strides=2 pads=1")
pool_case("average_pooling2d", mean(3, 1, 1), [5, 4, 3], "pool_size=3 strides=1 padding=same")
pool_case("average_pooling2d", mean(3, 2, 1, count=True), [5, 7, 3], "pool_size=3 strides=2 pads=1 count_padding=true")
pool_case("average_pooling2d", mean(3, 2, (1, 0), True, True), [6, 8, 2],
          "pool_size=3 strides=2 pads=1,0 rounding=ceil count_padding=true")
pool_case("average_pooling2d", mean(3, 1, count=True), [5, 4, 3], "pool_size=3 strides=1 pads=0,2,1,0 count_padding=true",
          (0, 2, 1, 0))
for keep in (False, True):
    Case("global_max_pooling2d", lambda x: images(x).flatten(2).max(2)[0], [4, 5, 3], ties(120, 6),
         "keepdims=true" if keep else "")
Case("global_max_pooling2d", lambda x: images(x).flatten(2).max(2)[0], [2, 2, 2], [1, -2, 3, -1, 3, -1, 0, -4], small=True)
Case("global_average_pooling2d", lambda x: x.mean((1, 2)), [3, 5, 4])

# ---- shapes and sizes --------------------------------------------------------------------------------------------


def padded(top, bottom, left, right):
    return lambda x: F.pad(x, (0, 0, left, right, top, bottom))


Case("zero_padding2d", padded(1, 1, 1, 1), [1, 2, 2], samples=1, small=True)
Case("zero_padding2d", padded(2, 2, 0, 0), [3, 2, 3], parameters="padding=2,0")
Case("zero_padding2d", padded(0, 2, 1, 3), [3, 2, 3], parameters="padding=0,2,1,3")
Case("zero_padding2d", padded(3, 3, 3, 3), [3, 2, 3], parameters="padding=3")


def scaled(mode, parameter):
    more = {} if mode.startswith("nearest") else {"align_corners": False}
    return lambda x: rows(F.interpolate(images(x), mode=mode, **parameter, **more))


for mode in ("nearest", "bilinear"):
    kind = " interpolation=" + mode
    Case("up_sampling2d", scaled(mode, {"scale_factor": 2}), [3, 2, 3], parameters="size=2" + kind)
    Case("up_sampling2d", scaled(mode, {"scale_factor": (3, 1)}), [2, 5, 3], parameters="size=3x1" + kind)
    Case("resizing", scaled("nearest-exact" if mode == "nearest" else mode, {"size": (7, 5)}), [5, 9, 3],
         parameters="height=7 width=5" + kind)
    Case("resizing", scaled("nearest-exact" if mode == "nearest" else mode, {"size": (1, 8)}), [4, 3, 2],
         parameters="height=1 width=8" + kind)
Case("up_sampling2d", scaled("nearest", {"scale_factor": 2}), [1, 2, 2], samples=1, small=True)
Case("resizing", scaled("bilinear", {"size": (3, 2)}), [2, 2, 1], parameters="height=3 width=2", samples=1, small=True)
Case("reshape", lambda x: x.reshape(-1, 2, 2, 2), [8], parameters="target_shape=2,-1,2", samples=1, small=True)
Case("reshape", lambda x: x.reshape(-1, 5, 6), [3, 2, 5], parameters="target_shape=5,6")
Case("rescaling", lambda x: 0.5 * x - 1, [4], parameters="scale=0.5 offset=-1", samples=1, small=True)
Case("rescaling", lambda x: 0.1 * x, [len(EXTREME)], EXTREME, parameters="scale=0.1", each=True)

# ---- normalization -----------------------------------------------------------------------------------------------


def gammas(shape, scale=True, center=True):
    return [("gamma", shape, [1 + v / 4 for v in numbers(size(shape), 5)])] * scale + [("beta", shape, numbers(size(shape), 6))] * center


def far(count):
    return [1e4 + v for v in numbers(count, 1)]


def layer_norm(axes, epsilon=1e-3):
    return lambda x, g=None, b=None: F.layer_norm(x, list(x.shape[-axes:]), g, b, epsilon)


def group_norm(groups, epsilon=1e-3):
    return lambda x, g=None, b=None: rows(F.group_norm(images(x), groups, g, b, epsilon))


Case("layer_normalization", layer_norm(1), [4], weights=gammas([4]), small=True)
Case("layer_normalization", layer_norm(1), [3, 2, 5], weights=gammas([5]))
Case("layer_normalization", layer_norm(3), [3, 2, 5], parameters="axis=1,2,3", weights=gammas([3, 2, 5]))
Case("layer_normalization", layer_norm(2), [3, 2, 5], parameters="axis=-1,-2", weights=gammas([2, 5]))
Case("layer_normalization", layer_norm(1, 1e-5), [37], parameters="epsilon=0.00001 scale=false center=false")
Case("layer_normalization", lambda x, b: layer_norm(1)(x, None, b), [37], far(74), "scale=false", weights=gammas([37], scale=False))
Case("group_normalization", group_norm(2), [1, 2, 4], parameters="groups=2", weights=gammas([4]), samples=1, small=True)
Case("group_normalization", group_norm(3), [3, 2, 6], parameters="groups=3", weights=gammas([6]))
Case("group_normalization", group_norm(32), [2, 2, 64], weights=gammas([64]))
Case("group_normalization", group_norm(1), [3, 2, 6], parameters="groups=1 center=false", weights=gammas([6], center=False))
Case("group_normalization", group_norm(5, 1e-5), [5, 4, 5], far(200), "groups=-1 epsilon=0.00001", weights=gammas([5]))


def response(size, alpha=1e-4, beta=0.75, k=1.0):
    return lambda x: rows(F.local_response_norm(images(x), size, alpha, beta, k))


def response_within(size, alpha, beta=0.75, k=1.0):
    def form(x):
        squares = F.avg_pool2d(images(x) ** 2, size, 1, size // 2, count_include_pad=True)
        return x / rows(k + alpha * squares) ** beta

    return form


LRN = "local_response_normalization"
Case(LRN, response(5), [1, 1, 7], samples=1, small=True)
Case(LRN, response(5), [3, 2, 9])
Case(LRN, response(3, 2.5, 0.5, 2), [3, 2, 9], parameters="size=3 alpha=2.5 beta=0.5 k=2")
Case(LRN, response(4, 2.5), [3, 2, 9], parameters="size=4 alpha=2.5")
Case(LRN, response(11, 1), [2, 2, 3], parameters="size=11 alpha=1")
Case(LRN, response_within(3, 1), [4, 5, 3], parameters="size=3 alpha=1 region=within")
Case(LRN, response_within(7, 3, 0.5), [4, 5, 3], parameters="size=7 alpha=3 beta=0.5 region=within")

# ---- convolutions ------------------------------------------------------------------------------------------------


def kernel(w):
    return w.permute(3, 2, 0, 1)


def convolution(stride=1, pads=(0, 0, 0, 0), dilation=1, groups=1):
    top, bottom, left, right = pads

    def form(x, w, b=None):
        x = F.pad(images(x), (left, right, top, bottom))
        return rows(F.conv2d(x, kernel(w), b, stride, 0, dilation, groups))

    return form


def depthwise(multiplier, stride=1, pads=(0, 0, 0, 0), dilation=1):
    def form(x, w, b=None):
        h, v, channels, _ = w.shape
        return convolution(stride, pads, dilation, channels)(x, w.reshape(h, v, 1, channels * multiplier), b)

    return form


def separable(multiplier, stride=1, pads=(0, 0, 0, 0)):
    return lambda x, w, p, b=None: convolution()(depthwise(multiplier, stride, pads)(x, w), p, b)


def weight(name, *shape):
    return (name, list(shape), numbers(size(shape), 4, 0.5))


def bias(n):
    return ("bias", [n], numbers(n, 5))


Case("conv2d", convolution(), [3, 3, 1], parameters="filters=1 kernel_size=2", weights=[weight("kernel", 2, 2, 1, 1), bias(1)],
     samples=1, small=True)
for algorithm in ("direct", "winograd"):
    kind = "filters=5 kernel_size=3 algorithm=" + algorithm
    Case("conv2d", convolution(), [7, 6, 3], parameters=kind, weights=[weight("kernel", 3, 3, 3, 5), bias(5)])
    Case("conv2d", convolution(1, (1, 1, 1, 1)), [7, 6, 3], parameters=kind + " pads=1", weights=[weight("kernel", 3, 3, 3, 5), bias(5)])
    Case("conv2d", convolution(1, (0, 2, 5, 1)), [7, 6, 3], parameters=kind + " pads=0,2,5,1",
         weights=[weight("kernel", 3, 3, 3, 5), bias(5)])
Case("conv2d", convolution(1, (1, 1, 1, 1)), [4, 3, 2], parameters="filters=3 kernel_size=1 pads=1", weights=[weight("kernel", 1, 1, 2, 3), bias(3)])
Case("conv2d", convolution(1, (5, 5, 5, 5)), [4, 5, 2], parameters="filters=3 kernel_size=3 pads=5", weights=[weight("kernel", 3, 3, 2, 3), bias(3)])
Case("conv2d", convolution(3, (1, 1, 1, 1)), [5, 5, 2], parameters="filters=3 kernel_size=1 strides=3 pads=1",
     weights=[weight("kernel", 1, 1, 2, 3), bias(3)])
Case("conv2d", convolution((2, 3), (2, 2, 0, 0)), [7, 8, 3], parameters="filters=4 kernel_size=3 strides=2x3 pads=2,0 use_bias=false",
     weights=[weight("kernel", 3, 3, 3, 4)])
Case("conv2d", convolution(1, (0, 0, 0, 0), 2), [7, 6, 3], parameters="filters=5 kernel_size=3 dilation_rate=2",
     weights=[weight("kernel", 3, 3, 3, 5), bias(5)])
Case("conv2d", convolution(2, (1, 2, 3, 0), (3, 1), 2), [7, 6, 4],
     parameters="filters=6 kernel_size=2x3 strides=2 pads=1,2,3,0 dilation_rate=3x1 groups=2",
     weights=[weight("kernel", 2, 3, 2, 6), bias(6)])
Case("conv2d", convolution(1, (2, 2, 1, 1), (2, 1), 3), [5, 6, 3], parameters="filters=3 kernel_size=3 dilation_rate=2x1 padding=same groups=3",
     weights=[weight("kernel", 3, 3, 1, 3), bias(3)])
Case("conv2d", convolution(1, (0, 0, 0, 0), 1, 2), [4, 5, 6], parameters="filters=4 kernel_size=3 groups=2 use_bias=false",
     weights=[weight("kernel", 3, 3, 3, 4)])
Case("depthwise_conv2d", depthwise(1), [3, 3, 2], parameters="kernel_size=2", weights=[weight("kernel", 2, 2, 2, 1), bias(2)],
     samples=1, small=True)
Case("depthwise_conv2d", depthwise(1, 1, (2, 2, 2, 2)), [4, 3, 3], parameters="kernel_size=2 pads=2", weights=[weight("kernel", 2, 2, 3, 1), bias(3)])
Case("depthwise_conv2d", depthwise(1, 2, (1, 1, 1, 1)), [7, 5, 3], parameters="kernel_size=3 strides=2 pads=1",
     weights=[weight("kernel", 3, 3, 3, 1), bias(3)])
Case("depthwise_conv2d", depthwise(2, 1, (0, 1, 1, 1)), [4, 5, 3], parameters="kernel_size=2x3 padding=same depth_multiplier=2 use_bias=false",
     weights=[weight("kernel", 2, 3, 3, 2)])
Case("depthwise_conv2d", depthwise(3, 1, (0, 0, 0, 0), 2), [5, 6, 2], parameters="kernel_size=3x2 dilation_rate=2 depth_multiplier=3",
     weights=[weight("kernel", 3, 2, 2, 3), bias(6)])
SEPARABLE = [weight("depthwise_kernel", 3, 3, 3, 2), weight("pointwise_kernel", 1, 1, 6, 5)]
Case("separable_conv2d", separable(2), [7, 5, 3], parameters="filters=5 kernel_size=3 depth_multiplier=2", weights=SEPARABLE + [bias(5)])
Case("separable_conv2d", separable(2, 2, (1, 1, 1, 1)), [7, 5, 3],
     parameters="filters=5 kernel_size=3 depth_multiplier=2 strides=2 padding=same use_bias=false", weights=SEPARABLE)
Case("separable_conv2d", separable(1), [2, 2, 2], parameters="filters=1 kernel_size=2",
     weights=[weight("depthwise_kernel", 2, 2, 2, 1), weight("pointwise_kernel", 1, 1, 2, 1), bias(1)], samples=1, small=True)

# ---- augmentation, with a range of one number, which is then no random number --------------------------------------

MODES = {"constant": "zeros", "nearest": "border", "reflect": "reflection"}


def moved(place, fill="reflect", interpolation="bilinear"):
    """`place` gives row and column in the input for those of the output; grid_sample counts from -1 to 1."""

    def form(x):
        n, h, w, _ = x.shape
        i, j = torch.meshgrid(torch.arange(h).double(), torch.arange(w).double(), indexing="ij")
        row, column = place(i, j, h, w)
        grid = torch.stack([(2 * column + 1) / w - 1, (2 * row + 1) / h - 1], -1).expand(n, h, w, 2)
        return rows(F.grid_sample(images(x), grid, interpolation, MODES[fill], False))

    return form


def translation(down, right):
    return lambda i, j, h, w: (i - down * h, j - right * w)


def zoom(high, wide):
    return lambda i, j, h, w: ((h - 1) / 2 + (1 + high) * (i - (h - 1) / 2), (w - 1) / 2 + (1 + wide) * (j - (w - 1) / 2))


def rotation(turns):
    def place(i, j, h, w):
        angle = torch.tensor(2 * 3.141592653589793 * turns).double()
        c, s, v, u = torch.cos(angle), torch.sin(angle), i - (h - 1) / 2, j - (w - 1) / 2
        return (h - 1) / 2 + c * v + s * u, (w - 1) / 2 - s * v + c * u

    return place


for fill in MODES:
    more = " fill_mode=" + fill
    Case("random_translation", moved(translation(0.3, -0.11), fill), [5, 7, 2],
         parameters="height_factor=0.3,0.3 width_factor=-0.11,-0.11" + more)
    Case("random_zoom", moved(zoom(0.37, 0.37), fill), [5, 7, 2], parameters="height_factor=0.37,0.37" + more)
    Case("random_zoom", moved(zoom(-0.3, 0.21), fill), [6, 4, 3], parameters="height_factor=-0.3,-0.3 width_factor=0.21,0.21" + more)
    Case("random_rotation", moved(rotation(0.07), fill), [5, 8, 2], parameters="factor=0.07,0.07" + more)
    Case("random_rotation", moved(rotation(-0.21), fill, "nearest"), [5, 4, 2],
         parameters="factor=-0.21,-0.21 interpolation=nearest" + more)
Case("random_translation", lambda x: torch.roll(x, (2, 3), (1, 2)), [5, 4, 2],
     parameters="height_factor=0.4,0.4 width_factor=0.75,0.75 fill_mode=wrap")
Case("random_contrast", lambda x: x.mean((1, 2), keepdim=True) * -0.5 + 1.5 * x, [3, 5, 2], parameters="factor=-0.5,0.5")

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
    """`a=1 b=2,3` as YAML; integers with commas are lists, and so are single ones of these parameters."""
    words = []
    for name, value in (p.split("=") for p in parameters.split()):
        words.append("%s: %s" % (name, "[%s]" % value if "," in value or name in ("pads", "padding") and value[0].isdigit() else value))
    return "{" + ", ".join(words) + "}"


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
