// `npm run bench -- NAME [...]`: measures one room. Each has a folder here with a main.mjs of its own.
import { build } from '../scripts/build.mjs';

const [name, ...given] = process.argv.slice(2);
if (name === undefined || !/^[a-z-]+$/.test(name)) {
  console.error('Which benchmark? npm run bench -- engine');
  process.exit(2);
}
const failed = build();
if (failed) process.exit(failed);
const { main } = await import(`./${name}/main.mjs`);
await main(given);
