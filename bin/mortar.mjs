#!/usr/bin/env node
import { existsSync } from 'node:fs';

// `mortar doctor` says that Node 20 is near its end; the AWS SDK need not say so in the middle of every command as well.
const emitWarning = process.emitWarning.bind(process);
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('NodeVersionSupportWarning')) emitWarning(warning, ...rest);
};

const entry = new URL('../dist/bundle/main.js', import.meta.url);
if (existsSync(entry)) {
  const { main } = await import(entry);
  process.exitCode = await main(process.argv);
} else {
  process.stderr.write('Mortar is not built yet. Run: node scripts/setup.mjs\n');
  process.exitCode = 2;
}
