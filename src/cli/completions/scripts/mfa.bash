# mfa quotes the candidates, to fit the quotes that are open on the line.
_mfa() {
    local candidate
    COMPREPLY=()
    while IFS= read -r candidate; do
        COMPREPLY+=("$candidate")
    done < <(MFA_COMPLETE=bash mfa -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
    case ${COMPREPLY[0]-} in
        *[=/] | *[=/][\'\"]) ;;
        *) compopt +o nospace 2>/dev/null ;;
    esac
}
if [[ ${BASH_VERSINFO[0]} -gt 4 || ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _mfa mfa
else
    complete -o nospace -o bashdefault -F _mfa mfa
fi
