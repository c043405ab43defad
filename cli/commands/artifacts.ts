import { createReadStream, statSync } from 'node:fs';
import type { Command } from 'commander';
import { exitCodes } from '../exit-codes.js';
import { examples } from '../examples.js';
import { formatBytes } from '../format.js';
import { print, printJson, say } from '../output.js';
import { wholeNumber } from '../option-values.js';
import { table } from '../table.js';

export function register(program: Command): void {
  const group = program.command('artifacts').description('List, print, fetch, store and verify artifacts.');
  examples(group, 'mortar artifacts ls latest', 'mortar artifacts cat latest validate.instances');

  const ls = group
    .command('ls')
    .description('List the artifacts of a run.')
    .argument('<run>', 'run id, a unique part of it, or latest')
    .option('--json', 'print an array')
    .action(async (run: string, options: { json?: boolean }) => {
      const [{ withSession }, { viewRun }] = await Promise.all([import('../session.js'), import('../run/run-view.js')]);
      await withSession(async ({ store }) => {
        const view = await viewRun(store, run);
        const named = [...view.nodes.values()]
          .sort((left, right) => left.node - right.node)
          .flatMap(({ id, outputs }) =>
            Object.entries(outputs ?? {}).map(([output, value]) => ({ stage: id, output, ...value })),
          );
        const all = await Promise.all(
          named.map(async (entry) => {
            const { records, files, parts } = await store.artifacts.manifest(entry.digest);
            const blobs = [...parts.map(({ blob }) => blob), ...files.map(({ blob }) => blob)];
            return { ...entry, records, files: files.length, bytes: blobs.reduce((sum, { size }) => sum + size, 0) };
          }),
        );
        if (options.json) {
          printJson(all);
          return;
        }
        const rows = all.map(({ stage, output, kind, records, files, bytes, digest }) => [
          `${stage}.${output}`,
          kind,
          records === undefined ? `${files} files` : `${records} records`,
          formatBytes(bytes),
          digest,
        ]);
        for (const line of table(['ARTIFACT', 'KIND', '>CONTENT', '>SIZE', 'DIGEST'], rows)) print(line);
      });
    });
  examples(ls, 'mortar artifacts ls latest');

  const cat = group
    .command('cat')
    .description('Print the records of an artifact as JSON lines, or the paths of a file tree.')
    .argument('<run|digest>', 'a run, or sha256:...')
    .argument('[stage.output]', 'with a run: which artifact')
    .option('--limit <number>', 'how many records at most', wholeNumber)
    .action(async (reference: string, output: string | undefined, options: { limit?: number }) => {
      const [{ withSession }, { findArtifact }] = await Promise.all([
        import('../session.js'),
        import('../run/artifact-reference.js'),
      ]);
      await withSession(async ({ store }) => {
        const digest = await findArtifact(store, reference, output);
        const { records, files } = await store.artifacts.manifest(digest);
        let left = options.limit ?? Infinity;
        if (records === undefined) {
          for (const { path, blob } of files.slice(0, left)) print(`${blob.size}\t${path}`);
          return;
        }
        if (left <= 0) return;
        for await (const record of store.artifacts.records(digest)) {
          print(JSON.stringify(record));
          if (--left <= 0) break;
        }
      });
    });
  examples(cat, 'mortar artifacts cat latest validate.instances --limit 3');

  const pull = group
    .command('pull')
    .description('Fetch an artifact into a folder: its files, or its records as records.jsonl.')
    .argument('<run|digest>', 'a run, or sha256:...')
    .argument('[stage.output]', 'with a run: which artifact')
    .requiredOption('--out <folder>', 'where to; made where it is not there')
    .action(async (reference: string, output: string | undefined, options: { out: string }) => {
      const [{ withSession }, { findArtifact }, { pullArtifact }] = await Promise.all([
        import('../session.js'),
        import('../run/artifact-reference.js'),
        import('../run/pull-artifact.js'),
      ]);
      await withSession(async ({ store }) => {
        await pullArtifact(store, await findArtifact(store, reference, output), options.out);
        say(`Fetched into ${options.out}.`);
      });
    });
  examples(pull, 'mortar artifacts pull latest sft.model --out model');

  const push = group
    .command('push')
    .description('Store a file of JSON lines, or a folder, as an artifact, and print its digest.')
    .argument('<kind>', 'artifact kind: instances, model, ...')
    .argument('<path>', 'a .jsonl file or a folder')
    .action(async (kind: string, path: string) => {
      const { withSession } = await import('../session.js');
      await withSession(async ({ store }) => {
        if (statSync(path).isDirectory()) {
          print(await store.artifacts.writeTree(kind, path));
          return;
        }
        const { jsonLinesOf } = await import('../../artifacts/json-lines.js');
        print(await store.artifacts.writeRecords(kind, jsonLinesOf(createReadStream(path), path)));
      });
    });
  examples(push, 'mortar artifacts push instances instances.jsonl');

  const verify = group
    .command('verify')
    .description(
      "Read every byte of a run's artifacts, or of one, and compare it with its digest. Exit code 1 where something is missing or damaged.",
    )
    .argument('<run|digest>', 'run id, a unique part of it, latest, or sha256:...')
    .action(async (reference: string) => {
      const [{ withSession }, { viewRun }, { isDigest }, { verifyArtifact }] = await Promise.all([
        import('../session.js'),
        import('../run/run-view.js'),
        import('../run/artifact-reference.js'),
        import('../run/verify-artifact.js'),
      ]);
      await withSession(async ({ store }) => {
        const nodes = isDigest(reference) ? [] : [...(await viewRun(store, reference)).nodes.values()];
        const digests = isDigest(reference)
          ? new Set([reference])
          : new Set(nodes.flatMap(({ outputs }) => Object.values(outputs ?? {}).map(({ digest }) => digest)));
        let blobs = 0;
        let bytes = 0;
        let broken = 0;
        for (const digest of digests) {
          const result = await verifyArtifact(store, digest);
          blobs += result.blobs;
          bytes += result.bytes;
          broken += result.problems.length;
          for (const problem of result.problems) print(`${digest}: ${problem}`);
        }
        say(
          `${digests.size} artifacts, ${blobs} blobs, ${formatBytes(bytes)} read; ${broken === 0 ? 'all are what their digests say' : `${broken} broken`}.`,
        );
        if (broken > 0) process.exitCode = exitCodes.failed;
      });
    });
  examples(verify, 'mortar artifacts verify latest');
}
