import { randomBytes } from 'node:crypto';
import { InfrastructureError, UserError } from '../recipe/errors.js';
import { RENEW_AFTER } from './blobs.js';
import { sweepClaims } from './claims.js';
import { systemClock, type Clock } from './clock.js';
import { oldestWork } from './leases.js';
import { each, Reachable } from './reachable.js';
import type { ListedObject, ObjectStore } from './store.js';
import { ANNOUNCED_FOR, SWEEP, SWEEP_LIFETIME, type SweepAnnouncement } from './sweeps.js';

export const DEFAULT_GRACE = 7 * 24 * 3_600_000;
/** What nothing needed when it was last looked: lines of name, time of the last write, and since when. */
const MARKS = 'gc/marks';
/** The part of it that a sweep may delete, by the sweep's id. */
const CONDEMNED = 'gc/condemned';
const LOCK = 'gc/lock';
/** In the order of deletion: what names others goes before them. */
const ROOMS = ['cache/', 'keys/', 'stages/', 'items/', 'logs/', 'blobs/'] as const;

/** By name: when it was last written, and since when it has been unused. */
type Marks = ReadonlyMap<string, { readonly modified: number; readonly since: number }>;

export interface CollectOptions {
  /** How long something has to be unused, milliseconds. @default 7 days */
  readonly grace?: number;
  /** Deletes and writes nothing. */
  readonly dryRun?: boolean;
  readonly clock?: Clock;
}

export interface Collection {
  /** Unused since the mark before this one; deleted, unless it was a dry run. */
  readonly deleted: Amount;
  /** Unused now, and marked: deleted by a call after `next`, if it still is unused then. */
  readonly marked: Amount;
  readonly kept: Amount;
  /** When marked objects may go, milliseconds since 1970; undefined where none are. */
  readonly next?: number;
}

export interface Amount {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Mark, wait a grace, mark again, delete: the first call marks, one after the grace deletes. Before it deletes it says what
 * (`Sweeps`), waits until everybody must have heard it, and marks anew: whoever began to use one of these has said so by then.
 */
export async function collectGarbage(objects: ObjectStore, options: CollectOptions = {}): Promise<Collection> {
  const { grace = DEFAULT_GRACE, dryRun = false, clock = systemClock } = options;
  const marks = await readMarks(objects);
  const due = new Map([...marks].filter(([, { since }]) => clock.now() - since >= grace));
  if (dryRun) return summary(await findUnused(objects, clock, due), marks, due, grace, clock);
  return exclusively(objects, clock, due, async (requireAnnounced) => {
    if (due.size > 0) await clock.sleep(ANNOUNCED_FOR);
    const found = await findUnused(objects, clock, due);
    for (const room of ROOMS) {
      const condemned = found.unused.filter((entry) => entry.key.startsWith(room) && isMarked(entry, due));
      await each(condemned, async ({ key }) => {
        requireAnnounced();
        await objects.delete(key);
      });
    }
    const lines = found.unused
      .filter((entry) => !isMarked(entry, due))
      .map((entry) => `${entry.key}\t${entry.modified.getTime()}\t${sinceOf(entry, marks) ?? clock.now()}\n`);
    await sweepClaims(objects, clock);
    await objects.put(MARKS, `${lines.join('')}\n`);
    return summary(found, marks, due, grace, clock);
  });
}

interface Found {
  readonly unused: readonly ListedObject[];
  readonly kept: Amount;
}

/** @param due where there are any, cache entries that are not among them still stand for what they name, run or no run */
async function findUnused(objects: ObjectStore, clock: Clock, due: Marks): Promise<Found> {
  // Whoever works now may have found what was as young as this when it began, and relies on it without having written it.
  const young = (await oldestWork(objects, clock)) - RENEW_AFTER;
  const listed: ListedObject[] = [];
  for (const room of ROOMS) for await (const entry of objects.list(room)) listed.push(entry);
  const spare = listed.filter((entry) => due.size > 0 && entry.key.startsWith('cache/') && !isMarked(entry, due));
  const reachable = await Reachable.mark(
    objects,
    spare.map(({ key }) => key),
  );
  const unused = listed.filter(({ key, modified }) => !reachable.has(key) && modified.getTime() < young);
  const kept = new Set(unused);
  return { unused, kept: amount(listed.filter((entry) => !kept.has(entry))) };
}

/** Since when it has been unused, and was not written again. */
function sinceOf({ key, modified }: ListedObject, marks: Marks): number | undefined {
  const mark = marks.get(key);
  return mark?.modified === modified.getTime() ? mark.since : undefined;
}

function isMarked(entry: ListedObject, marks: Marks): boolean {
  return sinceOf(entry, marks) !== undefined;
}

function summary({ unused, kept }: Found, marks: Marks, due: Marks, grace: number, clock: Clock): Collection {
  const marked = unused.filter((entry) => !isMarked(entry, due));
  let next = Infinity;
  for (const entry of marked) next = Math.min(next, (sinceOf(entry, marks) ?? clock.now()) + grace);
  return {
    deleted: amount(unused.filter((entry) => isMarked(entry, due))),
    marked: amount(marked),
    kept,
    ...(marked.length > 0 ? { next } : {}),
  };
}

function amount(entries: readonly ListedObject[]): Amount {
  return { objects: entries.length, bytes: entries.reduce((sum, { size }) => sum + size, 0) };
}

async function readMarks(objects: ObjectStore): Promise<Marks> {
  const lines = (await objects.get(MARKS))?.toString('utf8').split('\n') ?? [];
  return new Map(
    lines.filter(Boolean).map((line) => {
      const [key = '', modified, since] = line.split('\t');
      return [key, { modified: Number(modified), since: Number(since) }];
    }),
  );
}

/** One collection at a time, announced while it works. */
async function exclusively<T>(
  objects: ObjectStore,
  clock: Clock,
  due: Marks,
  work: (requireAnnounced: () => void) => Promise<T>,
): Promise<T> {
  const id = randomBytes(8).toString('hex');
  await lock(objects, clock, id);
  const condemned = `${CONDEMNED}/${id}`;
  let renewed = clock.now();
  const announce = async (over: boolean): Promise<void> => {
    const now = clock.now();
    await objects.put(LOCK, id);
    if (due.size > 0) {
      await objects.put(SWEEP, JSON.stringify({ mortar: 1, id, condemned, over } satisfies SweepAnnouncement));
    }
    renewed = now;
  };
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> = Promise.resolve();
  try {
    if (due.size > 0) await objects.put(condemned, `${[...due.keys()].join('\n')}\n`);
    await announce(false);
    timer = setInterval(() => {
      renewing = announce(false).catch(() => undefined);
    }, SWEEP_LIFETIME / 8).unref();
    return await work(() => {
      // Half of what others wait for before they take it for dead: never delete unannounced.
      if (clock.now() - renewed < SWEEP_LIFETIME / 2) return;
      throw new InfrastructureError(
        'collection-late',
        'The artifact store answers too slowly to collect. Run `mortar gc` again.',
      );
    });
  } finally {
    clearInterval(timer);
    await renewing;
    await announce(true);
    if (due.size > 0) await objects.delete(condemned);
    await objects.delete(LOCK);
  }
}

async function lock(objects: ObjectStore, clock: Clock, id: string): Promise<void> {
  if (await objects.putIfAbsent(LOCK, id)) return;
  const head = await objects.head(LOCK);
  if (head && clock.now() - head.modified.getTime() > SWEEP_LIFETIME) {
    await objects.delete(LOCK);
    if (await objects.putIfAbsent(LOCK, id)) return;
  }
  throw new UserError(
    'collection-running',
    'Another `mortar gc` works on this store. Wait until it has ended; one that was killed is forgotten after 2 minutes.',
  );
}
