import type { Provider, Type } from '@nestjs/common';

/** Background work of this room. */
export interface BackgroundPart {
  /** Its name for a person who waits for its stop. */
  readonly title: string;
  /** Returns at once. Can be called again. */
  start(): void;
  /** Finishes or gives up what is under way. Can be called again. */
  stop(): Promise<void>;
}

/** A part of `JetStreamModule`: its providers, and the one of them that runs. */
export interface ModulePart {
  providers: readonly Provider[];
  runs: Type<BackgroundPart>;
}
