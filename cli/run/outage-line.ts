import type { Outage } from '../../engine/client/persevere.js';

const names = { temporal: 'Temporal', store: 'The store' } as const;

/** What is said once when a service goes away, and once when it is back. */
export function outageLine({ service, message }: Outage): string {
  if (message === undefined) return `${names[service]} answers again.`;
  const meanwhile =
    service === 'temporal' ? 'what the record says is shown meanwhile' : 'waiting for it, up to 10 minutes';
  return `${message.replace(/\.$/, '')}; ${meanwhile}. Look with: mortar doctor`;
}
