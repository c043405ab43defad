import { UserError } from '../recipe/errors.js';

/** Stages (or shards) that a worker does at once, by queue, where nobody says otherwise. */
export const DEFAULT_SLOTS: Readonly<Record<string, number>> = { cpu: 2, sandbox: 2, gpu: 1 };

/**
 * `cpu=2,gpu=1`; a queue alone has one slot.
 * @throws UserError `wrong-slots`
 */
export function readSlots(text: string | undefined): Record<string, number> | undefined {
  if (!text) return undefined;
  return Object.fromEntries(
    text.split(',').map((entry) => {
      const [queue, count = '1'] = entry.split('=');
      if (!queue || !/^\d+$/.test(count))
        throw new UserError('wrong-slots', `Slots are '${entry}'; they are written QUEUE=NUMBER, such as cpu=2,gpu=1.`);
      return [queue, Number(count)];
    }),
  );
}
