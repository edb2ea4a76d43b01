# Puts an AWS session of a profile into this shell; on a failure, changes nothing.
edit:add-var awslogin~ {|profile|
    # The region is that of the profile, not of the session before.
    var session = (env -u AWS_REGION -u AWS_DEFAULT_REGION mfa aws env --shell elvish --profile=$profile | from-json)
    for name [(keys $session)] {
        if (eq $session[$name] $nil) {
            unset-env $name
        } else {
            set-env $name $session[$name]
        }
    }
}
set edit:completion:arg-completer[awslogin] = $edit:completion:arg-completer[mfa]
