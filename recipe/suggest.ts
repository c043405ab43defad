/** The one candidate that was surely meant, else undefined: a wrong hint is worse than none. */
export function suggest(given: string, candidates: Iterable<string>): string | undefined {
  const allowed = given.length <= 3 ? 1 : given.length <= 7 ? 2 : 3;
  let best: { candidate: string; distance: number } | undefined;
  let tied = false;
  const wanted = plain(given);
  for (const candidate of new Set(candidates)) {
    if (candidate === given) continue;
    const same = wanted === plain(candidate);
    // It takes as many changes as one is longer than the other.
    if (!same && Math.abs(given.length - candidate.length) > allowed) continue;
    const distance = same ? 0 : editDistance(given.toLowerCase(), candidate.toLowerCase());
    // One slip in half a word, or two in six letters, so that short words never match by accident.
    if (distance > allowed || distance * (distance > 1 ? 3 : 2) > Math.min(given.length, candidate.length)) continue;
    if (best === undefined || distance < best.distance) {
      best = { candidate, distance };
      tied = false;
    } else if (distance === best.distance) {
      tied = true;
    }
  }
  return tied ? undefined : best?.candidate;
}

/** `; did you mean X?` or nothing, for the end of a message. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`;
}

/** `a`, `b` and `c`, for messages. */
export function listed(names: Iterable<string>, most = 12): string {
  const all = [...names];
  if (all.length === 0) return 'none';
  const shown = all.slice(0, most).map((name) => `\`${name}\``);
  return all.length > most ? `${shown.join(', ')} and ${all.length - most} more` : shown.join(', ');
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/** Insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(left: string, right: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      let value = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      if (row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]) {
        value = Math.min(value, (before[column - 2] ?? 0) + 1);
      }
      current.push(value);
    }
    before = previous;
    previous = current;
  }
  return previous[right.length] ?? 0;
}
