import importX from 'eslint-plugin-import-x';
import { join } from 'node:path';
import tseslint from 'typescript-eslint';

const root = import.meta.dirname;

/** Which rooms may be imported from a room, besides itself. Arrows point inwards only. */
const mayImport = {
  schemas: [],
  recipe: ['schemas'],
  artifacts: ['schemas', 'recipe'],
  sandbox: ['schemas', 'recipe'],
  models: ['schemas', 'recipe'],
  trainer: ['schemas', 'recipe'],
  activities: ['schemas', 'recipe', 'sandbox'],
  workflows: ['schemas', 'recipe'],
  // What it fetches appears whole in a worker's folder.
  hub: ['schemas', 'recipe', 'artifacts'],
  engine: ['schemas', 'recipe', 'artifacts', 'activities', 'sandbox', 'models', 'trainer', 'workflows', 'hub'],
  services: ['schemas', 'recipe', 'sandbox'],
  cli: ['schemas', 'recipe', 'artifacts', 'activities', 'engine', 'services', 'sandbox', 'workflows', 'hub'],
};
/** Ports and types that activities and workflows share with their adapters. */
const ports = {
  activities: ['models/model.ts', 'trainer/trainer.ts'],
  workflows: ['artifacts/run-record.ts'],
  artifacts: ['activities/activity.ts'],
  // A model of our own is served by the trainer's Python.
  models: ['trainer/python.ts'],
  // A job that outlives its worker is found again like a service: by pid and start time.
  trainer: ['services/process-identity.ts'],
};

/** Which folders may be imported from a folder of a large room, besides itself and the files that stand in the room. */
const within = {
  recipe: {
    diagnostics: [],
    syntax: ['diagnostics'],
    expressions: ['diagnostics', 'syntax'],
    schema: ['diagnostics', 'syntax', 'expressions'],
    load: ['syntax', 'expressions', 'schema'],
    params: ['syntax', 'expressions', 'schema', 'load'],
    matrix: ['syntax', 'expressions', 'params'],
    planning: ['diagnostics', 'syntax', 'expressions', 'schema', 'load', 'params', 'matrix'],
    check: ['diagnostics', 'syntax', 'expressions', 'schema', 'load', 'params', 'matrix', 'planning'],
    explain: ['diagnostics', 'syntax'],
  },
  cli: {
    recipe: [],
    plan: [],
    run: ['recipe'],
    schedule: ['recipe'],
    completion: ['run'],
    commands: ['recipe', 'plan', 'run', 'schedule', 'completion'],
  },
  engine: {
    modules: [],
    orders: [],
    advance: ['modules', 'orders'],
    stage: ['modules', 'orders'],
    runs: ['modules', 'orders'],
    control: ['modules', 'orders', 'advance', 'runs'],
    client: ['orders', 'runs', 'stage'],
    explain: ['modules', 'orders', 'advance'],
    lineage: [],
    crate: ['lineage', 'runs'],
  },
};

/** What activities may use of sandbox/ stands on its port; these are the adapters below it. */
const sandboxAdapters = ['index', 'docker', 'bubblewrap', 'root-image', 'root', 'limits', 'process'];

const rooms = Object.keys(mayImport);
const zones = rooms.flatMap((room) =>
  rooms
    .filter((other) => other !== room && !mayImport[room].includes(other))
    .map((other) => ({
      target: join(root, room),
      from: join(root, other),
      except: (ports[room] ?? [])
        .filter((path) => path.startsWith(`${other}/`))
        .map((path) => `./${path.slice(other.length + 1)}`),
      message: `${room}/ must not import from ${other}/: arrows between rooms point inwards (docs/architecture.md).`,
    })),
);

for (const [room, folders] of Object.entries(within))
  for (const [folder, allowed] of Object.entries(folders))
    for (const other of Object.keys(folders))
      if (other !== folder && !allowed.includes(other))
        zones.push({
          target: join(root, room, folder),
          from: join(root, room, other),
          message: `${room}/${folder}/ must not import from ${room}/${other}/ (docs/architecture.md).`,
        });

zones.push({
  target: join(root, 'activities'),
  from: sandboxAdapters.map((name) => join(root, 'sandbox', `${name}.ts`)),
  message: 'activities/ get a SandboxPort; they never name Docker or bubblewrap (docs/architecture.md).',
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'reports/**', 'schemas/records.ts', '**/.venv/**'] },
  {
    files: [...rooms.map((room) => `${room}/**/*.ts`), 'worker.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [importX.createNodeResolver({ extensionAlias: { '.js': ['.ts', '.js'] } })] },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Ports are asynchronous for the adapters that need it; others have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Values of recipes are JSON, and messages show them as text.
      '@typescript-eslint/no-base-to-string': 'off',
      // What was caught is passed on as it came.
      '@typescript-eslint/only-throw-error': 'off',
      // Temporal's API hands out protobuf enums as numbers.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      'import-x/no-restricted-paths': ['error', { basePath: root, zones }],
    },
  },
  {
    // Workflow code is replayed: only what gives the same answer every time.
    files: ['workflows/**/*.ts', 'recipe/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', '!node:crypto'], message: 'recipe/ and workflows/ are pure: no I/O, clock or random.' },
          ],
        },
      ],
    },
  },
  {
    files: ['tests/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    extends: [tseslint.configs.recommended],
    rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
  },
);
