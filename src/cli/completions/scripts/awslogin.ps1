# Puts an AWS session of a profile into this shell; on a failure, changes nothing.
function awslogin {
    param([Parameter(Mandatory, Position = 0)][string]$Name)
    # The region is that of the profile, not of the session before.
    $regions = $env:AWS_REGION, $env:AWS_DEFAULT_REGION
    $env:AWS_REGION = $env:AWS_DEFAULT_REGION = $null
    $session = mfa aws env --shell powershell "--profile=$Name"
    $env:AWS_REGION, $env:AWS_DEFAULT_REGION = $regions
    if ($LASTEXITCODE -ne 0) { return }
    Invoke-Expression ($session -join "`n")
}
Register-ArgumentCompleter -CommandName awslogin -ParameterName Name -ScriptBlock {
    param($commandName, $parameterName, $wordToComplete)
    try {
        $env:MFA_COMPLETE = 'powershell'
        $typed = $wordToComplete.Trim([char[]]"'`"")
        $env:MFA_COMPLETE_WORDS = ConvertTo-Json -Compress -InputObject @('awslogin', $typed)
        $answer = mfa 2>$null
    } finally {
        Remove-Item Env:MFA_COMPLETE, Env:MFA_COMPLETE_WORDS
    }
    if (-not $answer) { return }
    foreach ($candidate in (ConvertFrom-Json -InputObject "$answer")) {
        [System.Management.Automation.CompletionResult]::new(
            $candidate.word, $candidate.shown, 'ParameterValue', $candidate.help)
    }
}
