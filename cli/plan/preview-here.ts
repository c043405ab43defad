import { createConnection } from 'node:net';
import type { LoadedModules } from '../../engine/modules/loaded-modules.js';
import type { PlanPreview } from '../../engine/explain/preview.js';
import { messageOf } from '../../recipe/errors.js';
import type { Plan } from '../../recipe/plan.js';

/** Milliseconds that a store may take to accept a connection: a plan must not wait for what is not there. */
const PROBE = 700;
/** Milliseconds after which stages are left unknown. */
const WITHIN = 20_000;

/** What a run would do, by the store that this machine reaches; without one, why not. Starts no service. */
export async function previewHere(
  plan: Plan,
  modules: LoadedModules,
): Promise<{ preview?: PlanPreview; why?: string }> {
  const [{ findServices }, { servicesDirectory }, { storeEnvironment }] = await Promise.all([
    import('../../services/find-services.js'),
    import('../../services/paths.js'),
    import('../../services/connection.js'),
  ]);
  const { s3 } = findServices(servicesDirectory());
  if (s3 === undefined) return { why: 'no store runs here; `mortar up` starts one' };
  if (s3.endpoint !== undefined && !(await accepts(s3.endpoint)))
    return { why: `no store was reached at ${s3.endpoint}` };
  const [{ openStore }, { previewPlan }, { Registry }, { activities }, { boundRootDigest }] = await Promise.all([
    import('../../artifacts/open.js'),
    import('../../engine/explain/preview.js'),
    import('../../engine/modules/registry.js'),
    import('../../activities/registry.js'),
    import('../../sandbox/root.js'),
  ]);
  try {
    const environment = { ...process.env, ...storeEnvironment(s3) };
    const store = await openStore({ environment, impatient: true });
    try {
      const preview = await previewPlan(plan, {
        store,
        registry: new Registry(activities, (code) => modules.activities(code)),
        environment: async (activity) => (activity.queue === 'sandbox' ? boundRootDigest() : null),
        within: WITHIN,
      });
      return { preview };
    } finally {
      store.close();
    }
  } catch (error) {
    return { why: messageOf(error).split('\n')[0]?.replace(/\.$/, '') };
  }
}

function accepts(endpoint: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(endpoint);
  const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname.replace(/^\[|\]$/g, ''), port: number });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
