#!/bin/sh
# layers.sh - core's folders are layers: a file includes its own folder or lower ones, with the folder in the
# name, and no headers include each other in a circle. What programs share, core/command/, stands beside the upper
# layers: it sees the library by its public header, as a command does. Prints what breaks that, and exits with 1.
set -eu
cd "$(dirname "$0")/.."
layers='base yaml record plugin pipeline engine run api'
shared='base yaml record command' # what a command includes beside <cnnrun/...> and its own folder
tree='api/tree.h' # and this header: the library's way to open a tree of YAML, which cnnrun.h cannot offer

# "file.c included.h" for each quoted include of core and of commands.
includes=$(grep -o '^#include "[^"]*"' core/*.[ch] core/*/*.[ch] plugins/command/*.c plugins/command/*/*.[ch] |
    sed 's@^core/@@; s@:#include "@ @; s@"$@@' |
    grep -v ' style.css.h$\| sort.js.h$') # made of files, for one source

printf '%s\n' "$includes" | awk -v layers="$layers" -v shared="$shared" -v tree="$tree" '
    BEGIN {
        n = split(layers, name); for (i = 1; i <= n; i++) floor[name[i]] = i
        n = split(shared, name); for (i = 1; i <= n; i++) open[name[i]] = 1
    }
    function folder(path) { return path ~ "/" ? substr(path, 1, index(path, "/") - 1) : "" }
    function command(path) { sub("^plugins/command/", "", path); return folder(path) }
    {
        own = folder($1); other = folder($2)
        if (own == "plugins" && (other == command($1) || $2 == tree) || own == "" && other == "")
            next
        if (!(other in floor) && !(other in open)) {
            print $1 ": \"" $2 "\" must name a folder of core"; bad = 1
        } else if ((own == "plugins" || own == "command") && !(other in open)) {
            print $1 ": includes \"" $2 "\"; a command includes <cnnrun/...>, " shared " and its own folder"; bad = 1
        } else if (own in floor && (!(other in floor) || floor[other] > floor[own])) {
            print "core/" $1 ": includes \"" $2 "\", but " own " is below " other; bad = 1
        }
    }
    END { exit bad }'

# tsort names the circles among headers.
printf '%s\n' "$includes" | sed 's@^plugins/command/@@' | grep '^[^ ]*\.h ' | tsort >/dev/null
