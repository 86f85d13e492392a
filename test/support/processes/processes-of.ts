import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ListedProcess {
  pid: number;
  parent: number;
  command: string;
}

/** The processes whose command line has the text in it, without those that have ended and were not waited for. */
export async function processesOf(text: string): Promise<ListedProcess[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 1 << 26 });
  return stdout
    .split('\n')
    .map((line) => /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [])
    .filter(([, , , stat, command]) => command?.includes(text) && !stat!.startsWith('Z'))
    .map(([, pid, parent, , command]) => ({ pid: Number(pid), parent: Number(parent), command: command! }));
}
