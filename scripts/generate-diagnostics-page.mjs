// Generates docs/diagnostics.md from the catalogue of codes. A unit test (tests/docs/diagnostics.test.ts) fails where it is out of date.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { build } from './build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
if (build() !== 0) process.exit(1);
const { diagnosticsPage } = await import('../dist/recipe/diagnostics/diagnostics-page.js');
const target = join(root, 'docs', 'diagnostics.md');
writeFileSync(target, await format(diagnosticsPage(), { ...(await resolveConfig(target)), filepath: target }));
