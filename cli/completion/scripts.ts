export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What a shell sources: it asks the program itself, so that it is never out of date. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of mortar in bash. In ~/.bashrc: source <(mortar completion bash)
_mortar() {
  local IFS=$'\\n'
  COMPREPLY=($(MORTAR_WORDBREAKS="$COMP_WORDBREAKS" "\${COMP_WORDS[0]}" complete bash -- "\${COMP_LINE:0:COMP_POINT}" 2>/dev/null))
  if [[ \${#COMPREPLY[@]} -gt 0 && "\${COMPREPLY[0]}" == *[=/] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _mortar mortar
`,
  zsh: `#compdef mortar
# Completion of mortar in zsh. In ~/.zshrc, after compinit: source <(mortar completion zsh)
_mortar() {
  local -a found joined open shownJoined shownOpen
  local entry value shown
  found=("\${(@f)$("\${words[1]}" complete zsh -- "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  for entry in $found; do
    [[ -n "$entry" ]] || continue
    value="\${entry%%$'\\t'*}"
    shown="\${entry/$'\\t'/  -- }"
    if [[ "$value" == *[=/] ]]; then open+=("$value"); shownOpen+=("$shown"); else joined+=("$value"); shownJoined+=("$shown"); fi
  done
  (( $#joined )) && compadd -l -d shownJoined -a joined
  (( $#open )) && compadd -l -S '' -d shownOpen -a open
}
compdef _mortar mortar
`,
  fish: `# Completion of mortar in fish. mortar completion fish > ~/.config/fish/completions/mortar.fish
function __mortar_complete
  set -l words (commandline -opc)
  $words[1] complete fish -- $words (commandline -ct) 2>/dev/null
end
complete -c mortar -f -a '(__mortar_complete)'
`,
};
