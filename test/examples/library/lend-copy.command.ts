import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CopyRepository } from './copy.repository.js';

export class LendCopy extends Command<{ version: number; position: number }> {
  constructor(
    readonly copyId: string,
    readonly memberId: string,
    readonly branch: string,
  ) {
    super();
  }
}

@CommandHandler(LendCopy)
export class LendCopyHandler implements ICommandHandler<LendCopy> {
  constructor(private readonly copies: CopyRepository) {}

  async execute({ copyId, memberId, branch }: LendCopy): Promise<{ version: number; position: number }> {
    const { version, position } = await this.copies.update(copyId, (copy) => copy.lendTo(memberId, branch));
    return { version, position };
  }
}
