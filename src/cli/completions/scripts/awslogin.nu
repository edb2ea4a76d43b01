
def "nu-complete awslogin" [] {
    with-env { MFA_COMPLETE: elvish } { ^mfa -- awslogin "" } | lines
}

# Put an AWS session into this shell
def --env awslogin [profile: string@"nu-complete awslogin"] {
    # The region is that of the profile, not of the session before.
    let printed = do {
        hide-env --ignore-errors AWS_REGION AWS_DEFAULT_REGION
        ^mfa aws env --shell nu $"--profile=($profile)"
    }
    # A failure prints nothing. LAST_EXIT_CODE may be that of an earlier command.
    if ($printed | is-empty) {
        return
    }
    load-env ($printed | from json)
}
