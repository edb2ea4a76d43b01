# Puts an AWS session of a profile into this shell; on a failure, changes nothing.
awslogin() {
    if [ $# -ne 1 ] || [ "${1#-}" != "$1" ]; then
        echo 'usage: awslogin PROFILE' >&2
        return 2
    fi
    local session
    # The region is that of the profile, not of the session before.
    session=$(unset AWS_REGION AWS_DEFAULT_REGION; command mfa aws env --shell bash "--profile=$1") || return
    eval "$session"
}
