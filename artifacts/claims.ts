import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from './clock.js';
import { hexOf } from './digest.js';
import type { ObjectStore, TaggedObject } from './store.js';

const CLAIMS = 'claims/';
/** A claim that was not written for this long is a dead worker's: as Temporal has it of work that does not answer. */
export const CLAIM_LIFETIME = 30_000;
const RENEW_EVERY = 8_000;
/** How long the claim of committed work is left where it is: whoever makes one anew within half of it knows that nobody committed meanwhile. */
export const CLAIM_LEFT = 60_000;
/** What lies about for longer belongs to nobody. */
const FORGOTTEN_AFTER = 3_600_000;

interface ClaimRecord {
  readonly mortar: 1;
  /** Who works; the same where the same work is given out again. Absent: nobody any more. */
  readonly owner?: string;
  /** No two claims are the same bytes. */
  readonly token: string;
}

/** The right to work on a key, for as long as its holder lives. */
export interface Claim {
  /** Nobody has had one for this key in the last `CLAIM_LEFT` milliseconds. */
  readonly first: boolean;
  /** The result is there, so that nobody asks for a claim any more. */
  committed(): void;
  /** Gives the right to whoever wants it next. */
  free(): Promise<void>;
}

/**
 * Who works on a key: `claims/<key>`, for work that no workflow of its own keeps from being done twice at once. A claim saves work and
 * guards no result: that the first commit stands is the cache's business, so whoever loses a claim may end what it does.
 */
export class Claims {
  readonly #held = new Map<string, { record: ClaimRecord; writtenAt: number }>();
  /** Objects of committed work, and since when they are no use. */
  readonly #left = new Map<string, { readonly token: string; readonly since: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly objects: ObjectStore,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Undefined while somebody else works on it. The same owner gets it again: it has been given the work of one who vanished. */
  async take(key: string, owner: string): Promise<Claim | undefined> {
    const name = claimName(key);
    const record: ClaimRecord = { mortar: 1, owner, token: randomBytes(8).toString('hex') };
    const bytes = JSON.stringify(record);
    // The second time where what was there is gone meanwhile.
    for (let tried = 0; tried < 2; tried += 1) {
      const writtenAt = this.clock.now();
      if (await this.objects.putIfAbsent(name, bytes)) return this.#claim(name, record, writtenAt, true);
      const present = await this.objects.getTagged(name);
      if (!present) continue;
      if (!this.#mayTake(name, present, owner)) return undefined;
      const won = await this.objects.putIfMatch(name, bytes, present.tag);
      return won ? this.#claim(name, record, writtenAt, false) : undefined;
    }
    return undefined;
  }

  /** Renews what is held, and deletes what is no use any more. */
  async tend(): Promise<void> {
    const now = this.clock.now();
    const due = [...this.#held].filter(([, { writtenAt }]) => now - writtenAt >= RENEW_EVERY);
    await Promise.all(due.map(([name, held]) => this.#renew(name, held)));
    const useless = [...this.#left].filter(([, { since }]) => now - since >= CLAIM_LEFT).map(([name]) => name);
    for (const name of useless) this.#left.delete(name);
    if (useless.length > 0) await this.objects.deleteAll(useless);
    if (this.#held.size > 0 || this.#left.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #mayTake(name: string, { bytes, modified }: TaggedObject, owner: string): boolean {
    const present = JSON.parse(bytes.toString('utf8')) as ClaimRecord;
    if (present.owner === undefined || present.owner === owner) return true;
    // Ours, of work that has ended; it is only not deleted yet.
    if (this.#left.get(name)?.token === present.token) return true;
    return this.clock.now() - modified.getTime() > CLAIM_LIFETIME;
  }

  #claim(name: string, record: ClaimRecord, writtenAt: number, first: boolean): Claim {
    const held = { record, writtenAt };
    this.#held.set(name, held);
    this.#left.delete(name);
    this.#timer ??= setInterval(() => void this.tend().catch(() => undefined), RENEW_EVERY / 2).unref();
    const end = (): boolean => this.#held.get(name) === held && this.#held.delete(name);
    return {
      first,
      committed: () => {
        if (end()) this.#left.set(name, { token: record.token, since: this.clock.now() });
      },
      free: async () => {
        if (!end()) return;
        // In its place and not away: what is there by now may be another one's.
        const present = await this.objects.getTagged(name);
        if (!present || !isOurs(present, held.record)) return;
        const nobody: ClaimRecord = { mortar: 1, token: record.token };
        await this.objects.putIfMatch(name, JSON.stringify(nobody), present.tag);
      },
    };
  }

  async #renew(name: string, held: { record: ClaimRecord; writtenAt: number }): Promise<void> {
    const now = this.clock.now();
    const present = await this.objects.getTagged(name);
    const next: ClaimRecord = { ...held.record, token: randomBytes(8).toString('hex') };
    const won =
      present &&
      isOurs(present, held.record) &&
      (await this.objects.putIfMatch(name, JSON.stringify(next), present.tag));
    if (this.#held.get(name) !== held) return;
    // Somebody took us for dead; the first to commit wins.
    if (!won) this.#held.delete(name);
    else [held.record, held.writtenAt] = [next, now];
  }
}

/** Deletes claims that were left by workers that are gone. */
export async function sweepClaims(objects: ObjectStore, clock: Clock = systemClock): Promise<void> {
  const forgotten: string[] = [];
  for await (const { key, modified } of objects.list(CLAIMS))
    if (clock.now() - modified.getTime() > FORGOTTEN_AFTER) forgotten.push(key);
  await objects.deleteAll(forgotten);
}

function claimName(key: string): string {
  return `${CLAIMS}${hexOf(key)}`;
}

function isOurs({ bytes }: TaggedObject, { token }: ClaimRecord): boolean {
  return (JSON.parse(bytes.toString('utf8')) as ClaimRecord).token === token;
}
