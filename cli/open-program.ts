import type { Command } from 'commander';

/** Makes the program, with the modules of the commands that are wanted loaded. */
export type OpenProgram = (wanted: (name: string) => boolean) => Promise<Command>;
