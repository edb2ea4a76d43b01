(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
