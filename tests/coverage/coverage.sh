#!/bin/sh
# coverage.sh - lines and branches of core/ that the tests reached, by file; `make coverage` calls it.
#
#   coverage.sh BUILD
#
# Reads the counters below BUILD/obj/core with gcov. Prints a table, the worst file last, and below it the
# numbers of the lines that no test reached. Exit codes: 0 at least GOAL percent (95) of lines were reached,
# 1 fewer, 2 there are no counters.
set -eu
: "${GOAL:=95}"

find "$1/obj/core" -name '*.gcda' | sort | while read -r counters; do
    # --stdout prints the annotated sources of this object, headers too.
    gcov --stdout --branch-probabilities --branch-counts "$counters"
done | awk -v goal="$GOAL" -f "$(dirname "$0")/table.awk"
