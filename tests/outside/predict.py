"""predict.py - opens a run through an installed libcnnrun, with ctypes alone.

usage: predict.py LIBCNNRUN.so RUN_FOLDER
Prints the probabilities of one gray sample, a line a class, and the number of weights.
"""
import ctypes as c
import sys


class Input(c.Structure):
    _fields_ = [("struct_size", c.c_uint64), ("rank", c.c_uint64), ("dim", c.c_uint64 * 4),
                ("size", c.c_uint64), ("classes", c.c_uint64), ("scale", c.c_double),
                ("offset", c.c_double), ("bytes", c.c_bool), ("probabilities", c.c_bool)]


class Weight(c.Structure):
    _fields_ = [("struct_size", c.c_uint64), ("name", c.c_char_p), ("rank", c.c_uint64),
                ("dim", c.c_uint64 * 4), ("count", c.c_uint64), ("trained", c.c_bool)]


lib = c.CDLL(sys.argv[1])
for name in ("cnnrun_error_new", "cnnrun_run_open", "cnnrun_run_pipeline"):
    getattr(lib, name).restype = c.c_void_p
lib.cnnrun_error_text.restype = c.c_char_p
for name in ("cnnrun_pipeline_input", "cnnrun_run_predict", "cnnrun_run_weight"):
    getattr(lib, name).restype = c.c_bool

error = c.c_void_p(lib.cnnrun_error_new())
run = c.c_void_p(lib.cnnrun_run_open(sys.argv[2].encode(), None, error))
if not run:
    sys.exit(lib.cnnrun_error_text(error).decode())
shape = Input(struct_size=c.sizeof(Input))
lib.cnnrun_pipeline_input(c.c_void_p(lib.cnnrun_run_pipeline(run)), c.byref(shape))
sample = (c.c_float * shape.size)(*([255 if shape.bytes else 1] * shape.size))
output = (c.c_float * shape.classes)()
if not lib.cnnrun_run_predict(run, sample, c.c_size_t(1), output, error):
    sys.exit(lib.cnnrun_error_text(error).decode())
for number in output:
    print("%.9g" % number)
weight, count = Weight(struct_size=c.sizeof(Weight)), 0
while lib.cnnrun_run_weight(run, c.c_size_t(count), c.byref(weight)):
    count += 1
print(count, "weights, the last is", weight.name.decode())
lib.cnnrun_run_close(run)
lib.cnnrun_error_free(error)
