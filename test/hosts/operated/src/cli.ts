import { runCli } from 'nest-eventfold/cli';
import { AppModule } from './app.module.js';

process.exit(await runCli(AppModule));
