const REFRESH_MS = 200;
/** Returns to the beginning of the line and clears it. */
const LINE_AGAIN = '\r\u001B[K';

/** Shows the current step of a build: on a terminal in one line with the time, elsewhere in a line for each step. */
export class BuildProgress {
  #output;
  #timer;
  #doing;
  #begun;

  constructor(output) {
    this.#output = output;
    if (!output.isTTY) output.write('Building (sources changed) ...\n');
  }

  begin(doing) {
    this.#doing = doing;
    this.#begun = performance.now();
    if (!this.#output.isTTY) return;
    this.#show('');
    this.#timer = setInterval(() => this.#show(''), REFRESH_MS).unref();
  }

  end() {
    clearInterval(this.#timer);
    if (this.#output.isTTY) this.#show('\n');
    else this.#output.write(`  ${this.#doing}: ${this.#elapsed()}\n`);
  }

  #show(ending) {
    this.#output.write(
      `${LINE_AGAIN}Building (sources changed), ${this.#doing}: ${this.#elapsed()}${ending}`,
    );
  }

  #elapsed() {
    return `${((performance.now() - this.#begun) / 1_000).toFixed(1)} s`;
  }
}
