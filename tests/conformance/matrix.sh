#!/bin/sh
# matrix.sh - the kit's long test; `make test-all` calls it.
#
# usage: matrix.sh [SEEDS]
# With gcc and clang, at -O0 to -O3: the selftest (broken plugins caught, good ones pass), and level 4
# for every shipped plugin. Then SEEDS further seeds (20) on every shipped plugin and the selftest's good
# ones, none of which may raise an alarm. Prints a line for each build; exits 1 if any failed.
set -u

seeds=${1:-20}
failed=0

# Every plugin of a build but variants for instruction sets and datasets that need files.
plugins_of() { # BUILD
    find "$1/plugins" -name '*.so' ! -name '*.avx*.so' ! -name 'idx.so' | sort
}

report() { # WHAT, then what was printed on standard input; the last line counts
    line=$(tail -n 1)
    echo "$1: $line"
    case $line in
    SUCCESS*) return 0 ;;
    *) return 1 ;;
    esac
}

for cc in gcc clang; do
    command -v "$cc" >/dev/null || { echo "$cc is not installed: left out"; continue; }
    for level in 0 1 2 3; do
        build=build/matrix/$cc-O$level
        make --no-print-directory CC=$cc BUILD="$build" OPT_release="-O$level -g" all conformance-plugins \
            >"build/matrix.log" 2>&1 || { tail -n 5 build/matrix.log; exit 1; }
        "$build/cnnrun" check --selftest | report "$cc -O$level selftest" || failed=1
        # shellcheck disable=SC2046 # a list of files without blanks
        "$build/cnnrun" check --level 4 $(plugins_of "$build") | report "$cc -O$level plugins" || failed=1
    done
done

seed=1
while [ "$seed" -le "$seeds" ]; do
    # shellcheck disable=SC2046
    build/cnnrun check --level 4 --seed "$seed" $(plugins_of build) build/tests/conformance/good/*.so |
        report "seed $seed" || failed=1
    seed=$((seed + 1))
done
exit $failed
