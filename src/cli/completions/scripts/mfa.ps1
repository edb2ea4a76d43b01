# This reads the line and runs none of it. mfa quotes the candidates.
Register-ArgumentCompleter -Native -CommandName mfa -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $last = 0
    $words = @(foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        $last = $element.Extent.EndOffset
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $element.Value
        } else {
            $element.Extent.Text
        }
    })
    if ($last -lt $cursorPosition) { $words += '' }
    try {
        $env:MFA_COMPLETE = 'powershell'
        # Not as arguments: old versions lose quotes in these.
        $env:MFA_COMPLETE_WORDS = ConvertTo-Json -Compress -InputObject $words
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
