import type { Command } from 'commander';
import { formatAge } from '../format.js';
import { print, printJson, say } from '../output.js';
import { table } from '../table.js';

export function register(program: Command): void {
  program
    .command('runs')
    .description('List runs, newest first.')
    .option('--limit <number>', 'how many at most', '20')
    .option('--json', 'print an array')
    .action(async (options: { limit: string; json?: boolean }) => {
      const { withSession } = await import('../session.js');
      await withSession(async ({ store }) => {
        const ids = (await store.runs.ids()).slice(0, Number(options.limit) || 20);
        const runs = await Promise.all(
          ids.map(async (id) => ({ id, record: await store.runs.run(id), state: await store.runs.state(id) })),
        );
        if (options.json) {
          printJson(runs.map(({ id, record, state }) => ({ ...record, id, ...state })));
          return;
        }
        if (runs.length === 0) say('There are no runs yet. Start one with: mortar run recipes/swe-lego.yaml');
        const rows = runs.map(({ id, record, state }) => [
          id,
          record?.name ?? '',
          record?.profile ?? '-',
          state?.state ?? 'running',
          String(record?.nodes ?? ''),
          record ? formatAge(Date.parse(record.createdAt), Date.now()) : '',
        ]);
        if (rows.length > 0)
          for (const line of table(['RUN', 'RECIPE', 'PROFILE', 'STATE', '>STAGES', '>STARTED'], rows)) print(line);
      });
    });
}
