# elvish quotes the candidates itself.
set edit:completion:arg-completer[mfa] = {|@words|
    put (env MFA_COMPLETE=elvish mfa -- $@words 2>/dev/null)
}
