# cnnrun.bash - completion of cnnrun's command line for bash.
#
# Works with and without the bash-completion package; asks cnnrun itself for the names of plugins.

# Options of a command ("train" is the one without a name).
_cnnrun_options() {
    case $1 in
    train) echo --set --seed --epochs --out --resume --force-resume --strict-resume --dry-run --profile --quiet --threads --plugin-path --only --jobs ;;
    evaluate) echo --data --json --threads --plugin-path ;;
    predict) echo --invert --json --plugin-path ;;
    new) ;;
    report) echo -o ;;
    build) echo -o -v ;;
    plugins) echo --json --plugin-path ;;
    check) echo --level --seed --set --only --timeout --plugin-path --tap --verbose --list --explain --selftest ;;
    esac
}

# Puts into COMPREPLY the files that begin with $1 and match the pattern $2, and folders to go on in.
_cnnrun_files() {
    local file
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        # shellcheck disable=SC2053 # a pattern
        if [[ -d $file || $file == $2 ]]; then
            COMPREPLY+=("$file")
        fi
    done < <(compgen -f -- "$1")
}

# Puts into COMPREPLY kinds, names and KIND/NAME of the plugins that this command line would find.
_cnnrun_plugins() {
    local program=$1 word=$2 i paths=()
    for ((i = 1; i + 1 < ${#COMP_WORDS[@]}; i++)); do
        [[ ${COMP_WORDS[i]} == --plugin-path ]] && paths+=(--plugin-path "${COMP_WORDS[i + 1]/#\~/$HOME}")
    done
    mapfile -t COMPREPLY < <(compgen -W "$(
        "$program" plugins "${paths[@]}" 2>/dev/null </dev/null | awk '
            /^[a-z0-9_]+$/ { kind = $1; print kind }
            /^  [a-z0-9_]+ / { print $1; print kind "/" $1 }'
    )" -- "$word")
}

_cnnrun() {
    local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} command=train i
    local before=${COMP_WORDS[COMP_CWORD - 1]} option words
    COMPREPLY=()
    case ${COMP_WORDS[1]} in
    build | check | evaluate | new | plugins | predict | report) ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]} ;;
    esac

    # What follows an option, also as --option=value, which bash hands over in three words.
    option=$before
    if [[ $word == = ]]; then
        option=$before word=
    elif [[ $before == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    case $option in
    --out | --plugin-path)
        _cnnrun_files "$word" ''
        return
        ;;
    -o)
        _cnnrun_files "$word" '*.@(so|html)'
        return
        ;;
    --data)
        mapfile -t COMPREPLY < <(compgen -W 'train validation test' -- "$word")
        return
        ;;
    --only | --explain)
        [[ $command == train ]] && return
        words="$("$program" check --list 2>/dev/null </dev/null | awk '{ print $1 }')"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        return
        ;;
    --level)
        mapfile -t COMPREPLY < <(compgen -W '1 2 3 4 5' -- "$word")
        return
        ;;
    --set | --seed | --epochs | --threads | --jobs | --timeout) return ;;
    esac

    if [[ $word == -* ]]; then
        words="$(_cnnrun_options "$command") --help --version"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    elif [[ $command == plugins ]]; then
        _cnnrun_plugins "$program" "$word"
    elif [[ $command == check ]]; then
        _cnnrun_plugins "$program" "$word"
        _cnnrun_files "$word" '*.so'
    elif [[ $command == build ]]; then
        _cnnrun_files "$word" '*.@(c|cc|cpp|cxx)'
    elif [[ $command == new ]]; then
        if ((COMP_CWORD == 2)); then
            words="$("$program" plugins 2>/dev/null </dev/null | awk '/^[a-z0-9_]+$/')"
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
        elif ((COMP_CWORD == 4)); then
            _cnnrun_files "$word" ''
        fi
    elif [[ $command == evaluate || $command == predict || $command == report ]]; then
        _cnnrun_files "$word" ''
    else
        ((COMP_CWORD == 1)) && mapfile -t COMPREPLY < <(compgen -W 'build check evaluate help new plugins predict report' -- "$word")
        _cnnrun_files "$word" '*.y?(a)ml'
    fi
}

complete -F _cnnrun cnnrun
