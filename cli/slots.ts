import { UserError } from '../recipe/errors.js';
import { listed } from '../recipe/suggest.js';

const queues = ['cpu', 'sandbox', 'gpu'];

/**
 * `cpu=2,gpu=2` from --queue and --slots; undefined where neither is given.
 * @throws UserError `wrong-slots`
 */
export function slotsOf(chosen: readonly string[] | undefined, slots: string | undefined): string | undefined {
  const strange = chosen?.find((queue) => !queues.includes(queue));
  if (strange !== undefined)
    throw new UserError('wrong-slots', `--queue is '${strange}'; queues are ${listed(queues)}.`);
  if (slots !== undefined && !/^[1-9]\d*$/.test(slots)) {
    throw new UserError('wrong-slots', `--slots is '${slots}'; it must be a whole number from 1 on.`);
  }
  if (chosen === undefined && slots === undefined) return undefined;
  return (chosen ?? queues).map((queue) => `${queue}=${slots ?? 1}`).join(',');
}
