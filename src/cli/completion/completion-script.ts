import type { Command } from 'commander';

interface Branch {
  path: string[];
  /** The words that can come next. */
  words: string[];
}

/**
 * A script of bash that completes the commands and options of a program. It contains all words, so Tab starts no
 * process. The patterns of the words so far begin with the deepest commands, and the first pattern that fits is taken.
 */
export function completionScript(program: Command): string {
  const name = program.name();
  const cases = branches(program, []).map(
    ({ path, words }) => `    "${path.map((word) => `${word} `).join('')}"*) words="${words.join(' ')}" ;;`,
  );
  return `_${name}() {
  local words="" so_far="\${COMP_WORDS[*]:1:COMP_CWORD-1} "
  case "\${so_far# }" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${name} ${name}`;
}

/** Omits `help`, which each group has: it would be offered beside every command, and `--help` is offered already. */
function branches(command: Command, path: string[]): Branch[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help');
  const options = help.visibleOptions(command).map(({ long, short }) => (long ?? short)!);
  const words = [...children.map((child) => child.name()), ...options];
  return [...children.flatMap((child) => branches(child, [...path, child.name()])), { path, words }];
}
