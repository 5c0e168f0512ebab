#!/bin/sh
# bench.sh - images/s of pipelines, training and inference, on 1 and 2 threads; `make bench` calls it.
#
#   bench.sh BUILD PIPELINE.yaml...
#
# Trains STEPS batches and then classifies the same images, with BUILD/cnnrun. Where PYTHON has
# PyTorch and a pipeline is the network of pipelines/mnist.yaml, with any number of filters in the
# second convolution, PyTorch does the same with TORCH_STEPS batches in either memory layout. All of
# it REPEATS times in turn, so that a busy or throttled machine slows all alike; printed are medians,
# the ratio to PyTorch's faster layout, and what share of the multiply-adds that the processor can do
# (bench_peak, in turn too) the definition would need at that speed: Winograd does with fewer, so it may
# be above 100 %. Then the time of each layer, and GFLOP/s of the convolution's passes alone.
#
# The environment sets STEPS, TORCH_STEPS, REPEATS, PYTHON, and what cnnrun itself heeds (CNNRUN_ISA).
# Exit codes: 0 measured, 1 a pipeline failed, 2 usage. A pipeline whose data is missing is left out.
set -u

: "${STEPS:=200}" "${TORCH_STEPS:=30}" "${REPEATS:=3}" "${PYTHON:=/usr/bin/python3}"
here=$(dirname "$0")

for number in "$STEPS" "$TORCH_STEPS" "$REPEATS"; do
    case $number in
    *[!0-9]* | 0*)
        echo "bench.sh: STEPS, TORCH_STEPS or REPEATS is '$number'; it must be a positive integer" >&2
        exit 2
        ;;
    esac
done
if [ $# -lt 2 ]; then
    echo 'usage: bench.sh BUILD PIPELINE.yaml...' >&2
    exit 2
fi
build=$1
shift

temp=$(mktemp -d) || exit 1
trap 'rm -rf "$temp"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- what a pipeline is, read from what --dry-run prints ------------------------------------------

# The dataset of a split ("train", "test"); nothing where there is none.
dataset() { # FILE SPLIT
    awk -v split_key="  $2:" '
        take { sub(/^ */, ""); sub(/:.*/, ""); print; exit }
        /^[a-z]/ { inside = /^data:/ }
        inside && index($0, split_key) == 1 {
            if (NF > 1) { print $2; exit }
            take = 1
        }' "$1"
}

batch_size() { # FILE
    sed -n 's/.*batch_size: \([0-9]*\).*/\1/p' "$1"
}

flops() { # FILE: of one image, forward
    awk '$1 == "total" && NF == 3 { print $3 }' "$1"
}

# The filters of the second convolution if this is the network, optimizer and batch of
# torch_mnist.py; else nothing.
same_as_torch() { # FILE
    awk -F '  +' '
        /^ *adadelta:/ { adadelta = 1 }
        /batch_size: 128,/ { batch = 1 }
        /^layer  / { table = 1; next }
        /^total / { table = 0 }
        table {
            name = $1
            gsub(/_[0-9]+/, "", name)
            gsub(/ \+/, "", name)
            layers = layers " " name
            parameters[++n] = $3
            output[n] = $2
        }
        END {
            filters = output[2]
            sub(/^12 x 12 x /, "", filters)
            if (adadelta && batch && layers == " conv2d relu conv2d relu max_pooling2d dropout" \
                    " flatten dense relu dropout dense softmax" &&
                parameters[1] == 320 && parameters[2] == 289 * filters &&
                parameters[5] == 144 * filters * 128 + 128 && parameters[7] == 1290)
                print filters
        }' "$1"
}

# ---- measuring: adds lines "INDEX THREADS train|infer WHO IMAGES_PER_SECOND" to the results -------

number_of() { # FILE
    sed -n 's/^ *"images_per_second": \([0-9.e+]*\).*/\1/p' "$1"
}

measure_cnnrun() { # INDEX PIPELINE THREADS
    plan=$temp/plan-$1
    images=$((STEPS * $(batch_size "$plan")))
    train=$(dataset "$plan" train) test=$(dataset "$plan" test)
    rm -rf "$temp/run"
    # The test data is cut short, since it is measured after training and its speed is not printed.
    "$build/cnnrun" "$2" --quiet --profile --epochs 1 --threads "$3" --out "$temp/run" \
        --set "data.train.$train.limit=$images" ${test:+--set "data.test.$test.limit=100"} \
        >"$temp/profile-$1" &&
        "$build/cnnrun" evaluate "$temp/run" --data train --json --threads "$3" >"$temp/evaluated" ||
        return 1
    echo "$1 $3 train cnnrun $(number_of "$temp/run/summary.json")" >>"$temp/results"
    echo "$1 $3 infer cnnrun $(number_of "$temp/evaluated")" >>"$temp/results"
}

measure_torch() { # INDEX FILTERS THREADS
    "$PYTHON" "$here/torch_mnist.py" "$mnist" "$2" "$3" "$TORCH_STEPS" >"$temp/torch" || return 1
    while read -r what layout speed; do
        echo "$1 $3 $what $layout $speed" >>"$temp/results"
    done <"$temp/torch"
}

# What the processor can do with the instruction set that the last run's plugins are for.
measure_peak() { # THREADS
    peak=$build/bench/bench_peak$(instruction_set .)
    [ ! -x "$peak" ] || echo "0 $1 peak cpu $("$peak" "$1")" >>"$temp/results"
}

# The set that the last run's plugins are compiled for, behind PREFIX; nothing for the baseline.
instruction_set() { # [PREFIX]
    sed -n "s@.*\"file\": \".*\.\(avx[0-9]*\)\.so\".*@${1-}\1@p" "$temp/run/summary.json" | head -n 1
}

# ---- the table ------------------------------------------------------------------------------------

table() {
    awk '
        function median(key,    i, j, value, sorted, count) {
            count = seen[key]
            for (i = 1; i <= count; i++) {
                value = values[key, i]
                for (j = i; j > 1 && sorted[j - 1] > value; j--)
                    sorted[j] = sorted[j - 1]
                sorted[j] = value
            }
            return (sorted[int((count + 1) / 2)] + sorted[int(count / 2) + 1]) / 2
        }
        function cell(key) {
            return seen[key] ? sprintf("%.0f", median(key)) : "-"
        }
        NR == FNR { name[$1] = $3; flops[$1] = $2; last = $1; next }
        {
            key = $1 " " $2 " " $3 " " $4
            values[key, ++seen[key]] = $5 + 0
        }
        END {
            form = "%-26s %7s  %-9s %9s %8s %7s  %10s %13s %6s\n"
            printf form, "", "", "", "cnnrun", "", "", "PyTorch", "PyTorch", ""
            printf form, "pipeline", "threads", "", "images/s", "GFLOP/s", "of peak", "contiguous",
                "channels-last", "ratio"
            for (i = 1; i <= last; i++)
                for (t = 1; t <= 2; t++)
                    for (w = 1; w <= 2; w++)
                        row(i, t, w == 1 ? "train" : "infer")
        }
        function row(i, t, what,    at, own, best, layout, speed, peak) {
            at = i " " t " " what " "
            if (!seen[at "cnnrun"])
                return 0
            own = median(at "cnnrun")
            best = seen[at "contiguous"] ? median(at "contiguous") : 0
            layout = seen[at "channels_last"] ? median(at "channels_last") : 0
            if (layout > best)
                best = layout
            # Training is about three forward passes.
            speed = own * flops[i] * (what == "train" ? 3 : 1) / 1e9
            peak = "0 " t " peak cpu"
            printf form, name[i], t, what == "train" ? "training" : "inference",
                sprintf("%.0f", own), sprintf("%.0f", speed),
                seen[peak] ? sprintf("%.0f %%", 100 * speed / median(peak)) : "-",
                cell(at "contiguous"), cell(at "channels_last"),
                (best ? sprintf("%.2f", own / best) : "-")
        }' "$temp/names" "$temp/results"
}

# ---- which pipelines, and with what to compare ----------------------------------------------------

mnist=
for folder in data/mnist ${CNNRUN_DATA:+"$CNNRUN_DATA"}; do
    for end in '' .gz; do
        [ -n "$mnist" ] || [ ! -f "$folder/train-images-idx3-ubyte$end" ] || mnist=$folder
    done
done
torch=$("$PYTHON" -c 'import numpy, torch; print(torch.__version__)' 2>/dev/null) || torch=
if [ -z "$torch" ]; then
    echo "$PYTHON has no torch and numpy: no comparison with PyTorch (Debian: apt-get install python3-torch)"
elif [ -z "$mnist" ]; then
    echo "There is no MNIST in data/mnist or \$CNNRUN_DATA: no comparison with PyTorch; make data gets it"
    torch=
fi

count=0 failed=0
: >"$temp/names"
: >"$temp/results"
for pipeline in "$@"; do
    plan=$temp/plan-$((count + 1))
    "$build/cnnrun" "$pipeline" --dry-run >"$plan"
    case $? in
    0)
        count=$((count + 1))
        echo "$count $(flops "$plan") $pipeline" >>"$temp/names"
        ;;
    4) echo "$pipeline: left out, since its data is missing" ;;
    *) failed=1 ;;
    esac
done
[ $count -gt 0 ] || exit $failed

# ---- all of it in turn ----------------------------------------------------------------------------

repeat=1
while [ "$repeat" -le "$REPEATS" ]; do
    for threads in 1 2; do
        while read -r index _ pipeline; do
            echo "repeat $repeat of $REPEATS, threads $threads: $pipeline" >&2
            measure_cnnrun "$index" "$pipeline" "$threads" || failed=1
            filters=$(same_as_torch "$temp/plan-$index")
            [ -z "$torch" ] || [ -z "$filters" ] || measure_torch "$index" "$filters" "$threads" || failed=1
        done <"$temp/names"
        measure_peak "$threads"
    done
    repeat=$((repeat + 1))
done

isa=$(instruction_set)
kernel=$build/plugins/layer/conv2d$(instruction_set .).so
printf '\n%s, %s CPUs, plugins: %s%s; medians of %s, load average %s\n\n' \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "${isa:-baseline}" \
    "${torch:+, PyTorch $torch}" "$REPEATS" "$(cut -d ' ' -f 1 /proc/loadavg)"
table

while read -r index _ pipeline; do
    printf '\n%s, 2 threads, the last repeat:\n' "$pipeline"
    cat "$temp/profile-$index"
done <"$temp/names"

if [ -x "$build/bench/bench_conv2d" ]; then
    for shape in '28 28 1 32' '26 26 32 32' '26 26 32 64'; do
        printf '\nconv2d 3 x 3, one thread, height width channels filters = %s\n' "$shape"
        # shellcheck disable=SC2086 # a list of numbers
        "$build/bench/bench_conv2d" "$kernel" $shape 3 || failed=1
    done
fi
exit $failed
