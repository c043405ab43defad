import { workerEnvironment } from '../../services/worker-environment.js';

/** What a machine may lack is fetched as `mortar up` would, and named for the test files and the workers that they start. */
export default async function setup(): Promise<void> {
  const { MORTAR_UV, MORTAR_BWRAP } = await workerEnvironment(console.error);
  Object.assign(process.env, { ...(MORTAR_UV && { MORTAR_UV }), ...(MORTAR_BWRAP && { MORTAR_BWRAP }) });
}
