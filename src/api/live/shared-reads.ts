/**
 * Queries that many clients send at the same moment: the first one is under way, and the others get its answer. A
 * client that must see a later position than the query under way gets a query of its own.
 */
export class SharedReads<Answer> {
  private readonly underWay = new Map<string, { after: number; answer: Promise<Answer> }>();

  /** @param name the same for equal queries */
  share(
    name: string,
    after: number | undefined,
    read: (after: number | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const known = this.underWay.get(name);
    if (after === undefined) return read(after);
    if (known !== undefined && known.after >= after) return known.answer;
    const mine = { after, answer: read(after) };
    this.underWay.set(name, mine);
    const forget = () => {
      if (this.underWay.get(name) === mine) this.underWay.delete(name);
    };
    mine.answer.then(forget, forget);
    return mine.answer;
  }
}
