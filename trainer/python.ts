import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../recipe/errors.js';

/** How the Python side is started. */
export interface PythonOptions {
  /** Interpreter with the trainer's locked packages. @default MORTAR_TRAINER_PYTHON, else MORTAR_PYTHON */
  readonly python?: string;
  /** Folder that holds `mortar_trainer`. @default trainer/src of this checkout */
  readonly source?: string;
}

export interface Python {
  readonly command: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Throws a UserError where no interpreter was named or the source is missing. */
export function findPython(options: PythonOptions = {}): Python {
  const command = options.python ?? process.env.MORTAR_TRAINER_PYTHON ?? process.env.MORTAR_PYTHON;
  if (command === undefined || command === '') {
    throw new UserError(
      'trainer-python-missing',
      'The trainer needs a Python environment, but none is set up. Run `npm run setup`, or set MORTAR_TRAINER_PYTHON to an interpreter with the packages of trainer/requirements.lock.',
    );
  }
  const source = options.source ?? findSource();
  const inherited = process.env.PYTHONPATH;
  return {
    command,
    environment: {
      ...process.env,
      PYTHONPATH: inherited === undefined || inherited === '' ? source : `${source}:${inherited}`,
      PYTHONUNBUFFERED: '1',
      // Compiling torch and transformers anew costs six seconds a start.
      PYTHONDONTWRITEBYTECODE: '',
    },
  };
}

/** Upwards from this file: it runs from the checkout and from `dist/` alike. */
function findSource(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const source = join(folder, 'trainer', 'src');
    if (existsSync(join(source, 'mortar_trainer', '__init__.py'))) return source;
    if (dirname(folder) === folder) {
      throw new UserError(
        'trainer-source-missing',
        `trainer/src/mortar_trainer was not found above ${start}. Run Mortar from a complete checkout.`,
      );
    }
  }
}
