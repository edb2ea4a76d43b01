# fish quotes the candidates itself.
function __mfa_complete
    set -l typed (commandline --current-token --cut-at-cursor)
    # A quote may be open.
    set -l word (string unescape -- $typed; or string unescape -- $typed\'; or string unescape -- $typed\")
    MFA_COMPLETE=fish mfa -- (commandline --current-process --tokenize --cut-at-cursor) "$word" 2>/dev/null
end
complete --command mfa --keep-order --exclusive --arguments '(__mfa_complete)'
