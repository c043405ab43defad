// Checks and plans one recipe in a process of its own, and says how long that took without the start of Node.
import { readFileSync } from 'node:fs';
import { activities } from '../../dist/activities/registry.js';
import { checkRecipe } from '../../dist/recipe/check/check.js';

const [file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const started = performance.now();
const { plan, diagnostics } = checkRecipe({
  file,
  text,
  readText: () => null,
  readFileDigest: () => null,
  activities,
});
const seconds = (performance.now() - started) / 1000;
if (plan === undefined) throw new Error(JSON.stringify(diagnostics.slice(0, 3)));
console.log(JSON.stringify({ seconds, nodes: plan.nodes.length, rss: process.resourceUsage().maxRSS / 1024 }));
