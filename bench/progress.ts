/** Shows on stderr where the run is: one line that changes on a terminal, and a line for each step elsewhere. */
export class Progress {
  private readonly start = performance.now();
  private part = '';

  constructor(private readonly out: NodeJS.WriteStream = process.stderr) {}

  begin(part: string): void {
    this.part = part;
  }

  tell(step: string): void {
    const seconds = Math.round((performance.now() - this.start) / 1_000);
    const line = `[${seconds} s] ${this.part}: ${step}`;
    this.out.write(this.out.isTTY ? `\r\x1b[K${line.slice(0, this.out.columns - 1)}` : `${line}\n`);
  }

  /** Clears the line for the next output. */
  clear(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K');
  }
}
