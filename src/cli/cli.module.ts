import { type DynamicModule, Module } from '@nestjs/common';
import { Application } from './application.js';
import { CompletionCommand } from './completion.command.js';
import { ConfigCommand } from './config.command.js';
import { Ending } from './terminal/exit.js';
import { EventfoldRootCommand } from './eventfold.command.js';
import { LogCommand } from './log/log.command.js';
import { MigrateCommand } from './migrate.command.js';
import { NewCommand } from './new/new.command.js';
import { Output } from './terminal/output.js';
import { ParkedCommand } from './parked/parked.command.js';
import { ProjectionsCommand } from './projections/projections.command.js';
import { RebuildFollower } from './projections/rebuild-follower.js';
import { RehearseCommand } from './rehearse/rehearse.command.js';
import { StreamCommand } from './stream/stream.command.js';

/** The commands. They open the application with its database themselves, so that help and wrong usage need none. */
@Module({})
export class CliModule {
  static forRoot(ending: Ending): DynamicModule {
    return {
      module: CliModule,
      providers: [
        { provide: Ending, useValue: ending },
        Application,
        Output,
        RebuildFollower,
        EventfoldRootCommand,
        MigrateCommand,
        RehearseCommand,
        CompletionCommand,
        ConfigCommand,
        ...LogCommand.registerWithSubCommands(),
        ...StreamCommand.registerWithSubCommands(),
        ...ProjectionsCommand.registerWithSubCommands(),
        ...NewCommand.registerWithSubCommands(),
        ...ParkedCommand.registerWithSubCommands(),
      ],
    };
  }
}
