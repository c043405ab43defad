import { Argument, type Command } from 'commander';
import { scripts, shells, type Shell } from '../completion/scripts.js';
import { examples } from '../examples.js';
import { print } from '../output.js';

/** `mortar completion bash|zsh|fish`: what the shell sources. */
export function register(program: Command): void {
  const command = program
    .command('completion')
    .description('Print what makes a shell complete commands, options, recipes, profiles, params, stages and runs.')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .action((shell: Shell) => print(scripts[shell].trimEnd()));
  examples(
    command,
    'mortar completion bash >> ~/.bashrc',
    'mortar completion zsh >> ~/.zshrc',
    'mortar completion fish > ~/.config/fish/completions/mortar.fish',
  );
}
