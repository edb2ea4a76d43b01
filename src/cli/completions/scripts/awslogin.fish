function awslogin --description 'Put an AWS session into this shell'
    if test (count $argv) -ne 1; or string match --quiet -- '-*' "$argv[1]"
        echo 'usage: awslogin PROFILE' >&2
        return 2
    end
    # The region is that of the profile, not of the session before.
    set --local session (env -u AWS_REGION -u AWS_DEFAULT_REGION mfa aws env --shell fish "--profile=$argv[1]")
    or return
    string join \n -- $session | source
end
complete --command awslogin --keep-order --exclusive --arguments '(__mfa_complete)'
