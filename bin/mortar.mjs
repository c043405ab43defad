#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry);
  process.exitCode = await main(process.argv);
} else {
  process.stderr.write('Mortar is not built yet. Run: node scripts/setup.mjs\n');
  process.exitCode = 2;
}
