#compdef mfa
# zsh quotes the candidates itself.
_mfa_complete() {
    local -a lines open closed
    local line entry
    lines=(${(f)"$(MFA_COMPLETE=zsh mfa -- "${(@Q)words[1,CURRENT-1]}" "${(Q)IPREFIX}${(Q)PREFIX}" 2>/dev/null)"})
    for line in $lines; do
        entry=${${${line%%$'\t'*}//\\/\\\\}//:/\\:}
        [[ $line == *$'\t'?* ]] && entry+=:${line#*$'\t'}
        if [[ ${line%%$'\t'*} == *[/=] ]]; then
            open+=("$entry")
        else
            closed+=("$entry")
        fi
    done
    (( $#open )) && _describe -V mfa open -S ''
    (( $#closed )) && _describe -V mfa closed
}
compdef _mfa_complete mfa
# As a file on $fpath, this runs as the function _mfa at the first TAB, which needs its candidates too.
if [[ ${funcstack[1]-} == _mfa ]]; then
    _mfa_complete "$@"
fi
