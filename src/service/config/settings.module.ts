import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Settings } from './settings.js';

/**
 * Provides the settings with which the process was started, as `Settings` and, value by value, by Nest's
 * `ConfigService<Settings, true>`. It reads nothing again: tests and commands make settings of their own.
 */
@Module({})
export class SettingsModule {
  static forRoot(settings: Settings): DynamicModule {
    const config = ConfigModule.forRoot({
      isGlobal: true,
      ignoreEnvFile: true,
      ignoreEnvVars: true,
      skipProcessEnv: true,
      load: [() => Object.fromEntries(Object.entries(settings))],
    });
    const provider = { provide: Settings, useValue: settings };
    return {
      module: SettingsModule,
      global: true,
      imports: [config],
      providers: [provider],
      exports: [provider],
    };
  }
}
