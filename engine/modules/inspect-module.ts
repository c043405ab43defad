import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { activityFunctions } from '../../recipe/planning/activity-shape.js';

/** Milliseconds that a module may take to load. */
const LIMIT = 10_000;
/** Stands for a function in what a thread tells. */
const MARK = '\u0000function';

/**
 * What the thread does: loads the module and tells what it exports, as JSON. In a thread of its own, so that a module that ends the process,
 * writes to stdout, never comes to an end or keeps a connection open does so to nobody else.
 */
const thread = `
const { parentPort, workerData: { url, mark, methods } } = require('node:worker_threads');
const told = (_, value) => {
  if (typeof value === 'function') return { [mark]: true };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const inherited = methods.filter((name) => !Object.hasOwn(value, name) && typeof value[name] === 'function');
  return inherited.length === 0 ? value : { ...value, ...Object.fromEntries(inherited.map((name) => [name, value[name]])) };
};
const listed = (value) => (value !== null && typeof value === 'object' && Symbol.iterator in value ? [...value] : value);
import(url)
  .then((module) => JSON.stringify({ default: module.default, activities: listed(module.activities) }, told))
  .then(
    (text) => parentPort.postMessage({ text }),
    (error) => parentPort.postMessage({ thrown: error instanceof Error ? error.name + ': ' + error.message : String(error) }),
  );
`;

/** What a module exports, with functions that do nothing in the place of its own; or what went wrong, in a few words. */
export async function inspectModule(path: string): Promise<{ readonly module: unknown } | { readonly thrown: string }> {
  const worker = new Worker(thread, {
    eval: true,
    stdout: true,
    stderr: true,
    workerData: { url: pathToFileURL(path).href, mark: MARK, methods: activityFunctions },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const told = await new Promise<{ text?: string; thrown?: string }>((resolve, reject) => {
      timer = setTimeout(() => resolve({ thrown: `it takes longer than ${LIMIT / 1000} s` }), LIMIT);
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => resolve({ thrown: 'it ends the process' }));
    });
    return told.text === undefined
      ? { thrown: told.thrown ?? '' }
      : { module: JSON.parse(told.text, revived) as unknown };
  } catch (error) {
    return { thrown: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function revived(_: string, value: unknown): unknown {
  const marked = typeof value === 'object' && value !== null && MARK in value;
  return marked ? () => undefined : value;
}
