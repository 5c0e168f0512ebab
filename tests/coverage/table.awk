# table.awk - adds up what gcov prints of all objects: a table by file, and the lines that were not reached.
#
# A line of a header is in several objects: it is reached where it is in any of them.
BEGIN { FS = ":" }
$2 ~ /^ +0$/ && $3 == "Source" { file = $4; line = 0; next }
file !~ /^core\// { next }
/^branch +[0-9]/ {
    sub(/^branch +/, "")
    split($0, word, " ")
    branch = file SUBSEP line SUBSEP word[1]
    if (!(branch in taken)) { branches[file]++; taken[branch] = 0 }
    if (word[2] == "taken" && word[3] > 0 && !taken[branch]) { taken[branch] = 1; branches_taken[file]++ }
    next
}
$2 ~ /^ *[0-9]+$/ && $1 !~ /^ *-$/ {
    line = $2 + 0
    at = file SUBSEP line
    if (!(at in reached)) { lines[file]++; reached[at] = 0 }
    if (line > last[file]) last[file] = line
    if ($1 !~ /[#=]/ && !reached[at]) { reached[at] = 1; lines_reached[file]++ }
}
function percent(part, all) { return all ? 100 * part / all : 100 }
function row(name, l, lr, b, bt) {
    return sprintf("%-36s %6d of %6d %6.1f %%  %6d of %6d %6.1f %%", name, lr, l, percent(lr, l), bt, b, percent(bt, b))
}
# "12-14 88 90-93": the lines of a file that were not reached.
function missing(file, from,   text, n, start) {
    for (n = 1; n <= last[file] + 1; n++) {
        at = file SUBSEP n
        if (n <= last[file] && (at in reached) && !reached[at]) { if (!start) start = n; end = n }
        else if (start && ((at in reached) || n > last[file])) {
            text = text " " start (end > start ? "-" end : "")
            start = 0
        }
    }
    return text
}
END {
    for (file in lines) {
        n++
        l += lines[file]; lr += lines_reached[file]; b += branches[file]; bt += branches_taken[file]
    }
    if (!n) { print "coverage: there are no counters; make coverage runs the tests first" > "/dev/stderr"; exit 2 }
    print "file                                          lines                      branches"
    sort = "sort -k5,5nr"
    for (file in lines) print row(file, lines[file], lines_reached[file], branches[file], branches_taken[file]) | sort
    close(sort)
    print row("core", l, lr, b, bt)
    print "\nnot reached:"
    sort = "sort"
    for (file in lines) if (lines_reached[file] < lines[file]) print file ":" missing(file) | sort
    close(sort)
    printf "\n%.1f %% of lines; the goal is %s %%\n", percent(lr, l), goal
    exit percent(lr, l) < goal
}
