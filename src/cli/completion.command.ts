import { Command, Help } from 'nest-commander';
import { type CliCommand, EventfoldCommand } from './eventfold-command.js';
import { Output } from './terminal/output.js';

/** nest-commander's own completion knows nothing of an application with a root command, and takes 0.6 s for each Tab. */
@Command({
  name: 'completion',
  arguments: '<shell>',
  argsDescription: { shell: 'bash or zsh' },
  description: 'Print the script that completes commands and options by Tab',
})
export class CompletionCommand extends EventfoldCommand {
  constructor(private readonly output: Output) {
    super();
  }

  async run([shell]: [string]): Promise<void> {
    if (shell !== 'bash' && shell !== 'zsh') this.command.error(`there are bash and zsh, not "${shell}"`);
    if (shell === 'zsh') await this.output.line('autoload -U +X bashcompinit && bashcompinit');
    await this.output.line(script(this.command.parent!));
  }

  @Help('after')
  help(): string {
    return `
Examples:
  source <(eventfold completion bash)                          in this shell
  eventfold completion zsh >> ~/.zshrc                         in all to come`;
  }
}

/** What can come after the words so far, deepest commands first: the first pattern that fits is taken. */
function script(root: CliCommand): string {
  const cases = branches(root, []).map(
    ({ path, words }) => `    "${path.map((word) => `${word} `).join('')}"*) words="${words.join(' ')}" ;;`,
  );
  return `_${root.name()}() {
  local words="" so_far="\${COMP_WORDS[*]:1:COMP_CWORD-1} "
  case "\${so_far# }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${root.name()} ${root.name()}`;
}

function branches(command: CliCommand, path: string[]): { path: string[]; words: string[] }[] {
  const words = [
    ...command.commands.map((child) => child.name()),
    ...command.options.map(({ long, short }) => (long ?? short)!),
    '--help',
  ];
  return [...command.commands.flatMap((child) => branches(child, [...path, child.name()])), { path, words }];
}
