import type { Reporter } from '../syntax/reporter.js';
import type { Place, Source } from '../syntax/source.js';
import type { Violation } from './validate.js';

/** Keys whose values are versions, whatever type takes them. */
const versions = /(?:^|[_-])(?:versions?|python|node|ruby|java|golang|releases?|revisions?|tags?)(?:$|[_-])/i;

/**
 * Reports a finding of a schema at its place. Where text is taken and a number stands, the number as it is written, in quotes, mends it;
 * above all `1.10`, which YAML reads as 1.1.
 */
export function reportViolation(
  reporter: Reporter,
  place: Place,
  violation: Violation,
  message = violation.message,
  mendable = true,
): void {
  const written = violation.key || !mendable ? undefined : place.source.writtenNumber(place.path);
  const quoted = `"${written ?? ''}"`;
  if (written === undefined || violation.takes?.(written) !== true)
    reporter.error(
      { ...place, key: violation.key },
      violation.code,
      message,
      mendable ? violation.suggestion : undefined,
    );
  else if (isChanged(written)) reporter.error(place, 'unquoted-version', changed(written), quoted);
  else reporter.error(place, violation.code, `${message} Quote it: ${quoted}.`, quoted);
}

/** Versions that lost a digit where nothing says that text is taken: `versions: [3.9, 3.10]`. */
export function reportVersions(source: Source, reporter: Reporter): void {
  for (const { path, written } of source.writtenNumbers()) {
    const key = path.findLast((step) => typeof step === 'string' && step !== 'default');
    if (isChanged(written) && versions.test(String(key)))
      reporter.error({ source, path }, 'unquoted-version', changed(written), `"${written}"`);
  }
}

/** Whether the number does not say any more what was written. */
function isChanged(written: string): boolean {
  return /^\d+\.\d*0$/.test(written);
}

function changed(written: string): string {
  return `YAML reads \`${written}\` as the number ${Number(written)}: quote it, as "${written}".`;
}
