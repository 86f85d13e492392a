import { WrongUsage } from '../command-failure.js';
import { CliCommand } from '../command.js';
import { completionScript } from './completion-script.js';
import type { Terminal } from '../terminal/terminal.js';

export function completionCommand(): CliCommand {
  const command = new CliCommand('completion', 'Print the script by which Tab completes commands and options')
    .argument('<shell>', 'bash or zsh')
    .manual(MANUAL);
  return command.runs(() => async (terminal: Terminal, _: object, shell: string) => {
    if (shell !== 'bash' && shell !== 'zsh') throw new WrongUsage(`there are bash and zsh, not "${shell}"`);
    if (shell === 'zsh') await terminal.line('autoload -U +X bashcompinit && bashcompinit');
    await terminal.line(completionScript(command.parent!));
  });
}

const MANUAL = `\
Examples:
  source <(eventfold completion bash)                          in this shell
  eventfold completion zsh >> ~/.zshrc                         in all later shells`;
