#!/bin/sh
# run.sh - runs test programs, as many at a time as there are CPUs; prints what each has said when it ends.
#
#   CNNRUN_BUILD=DIR [RUN_TEST='valgrind ...'] [TEST_JOBS=N] tests/run.sh PROGRAM...
#
# What a program says stays in PROGRAM.log beside it. Exit code 1 if a program failed.
set -u
RUN_TEST=${RUN_TEST:-}
export CNNRUN_BUILD RUN_TEST
export TSAN_OPTIONS=allocator_may_return_null=1
for program in "$@"; do rm -f "$program.failed"; done
# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$@" | xargs -P "${TEST_JOBS:-$(nproc)}" -I '{}' sh -c '
    begin=$(date +%s)
    $RUN_TEST {} >{}.log 2>&1 || { echo "{}: exit code $?" | tee {}.failed >>{}.log; }
    echo "$(($(date +%s) - begin)) s: {}" >>{}.log
    flock "$CNNRUN_BUILD" cat {}.log'
failed=0
for program in "$@"; do
    if [ -f "$program.failed" ]; then
        failed=$((failed + 1))
        cat "$program.failed"
    fi
done
echo "$(($# - failed)) test programs passed, $failed failed ($CNNRUN_BUILD)"
[ $failed = 0 ]
