complete -o nospace -F _mfa awslogin
