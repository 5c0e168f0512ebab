#!/bin/sh
# layers.sh - core's folders are layers: a file includes its own folder or lower ones, with the folder in the
# name, and no headers include each other in a circle. Prints what breaks that, and exits with 1.
set -eu
cd "$(dirname "$0")/.."
layers='base yaml plugin pipeline engine run api command page'

# "file.c included.h" for each quoted include of core.
includes=$(grep -o '^#include "[^"]*"' core/*.c core/*/*.[ch] | sed 's@^core/@@; s@:#include "@ @; s@"$@@' |
    grep -v ' style.css.h$\| sort.js.h$') # made of files, for one source

printf '%s\n' "$includes" | awk -v layers="$layers" '
    BEGIN { n = split(layers, name); for (i = 1; i <= n; i++) floor[name[i]] = i }
    function folder(path) { return path ~ "/" ? substr(path, 1, index(path, "/") - 1) : "" }
    {
        own = folder($1); other = folder($2)
        if (!(other in floor)) { print "core/" $1 ": \"" $2 "\" must name a folder of core"; bad = 1 }
        else if (own != "" && floor[other] > floor[own]) {
            print "core/" $1 ": includes \"" $2 "\", but " own " is below " other; bad = 1
        }
    }
    END { exit bad }'

# tsort names the circles among headers.
printf '%s\n' "$includes" | grep '^[^ ]*\.h ' | tsort >/dev/null
