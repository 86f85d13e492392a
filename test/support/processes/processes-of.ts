import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ListedProcess {
  pid: number;
  parent: number;
  command: string;
}

/** The processes with the text in their command line, without ended ones whose parent has not waited for them. */
export async function processesOf(text: string): Promise<ListedProcess[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 1 << 26 });
  return stdout
    .split('\n')
    .map((line) => /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [])
    .filter(([, , , stat, command]) => command?.includes(text) && !stat!.startsWith('Z'))
    .map(([, pid, parent, , command]) => ({ pid: Number(pid), parent: Number(parent), command: command! }));
}
