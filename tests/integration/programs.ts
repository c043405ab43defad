import { temporalBinary, versitygwBinary } from '../../services/binary.js';
import { ensureBinary } from '../../services/ensure-binary.js';
import { workerEnvironment } from '../../services/worker-environment.js';

/**
 * What a machine may lack is fetched or built as `mortar up` would, and named for the test files and the workers that they start. Here and not
 * in a file's own hook: a build of several minutes is no failure of whichever file comes first.
 */
export default async function setup(): Promise<void> {
  for (const spec of [versitygwBinary, temporalBinary]) await ensureBinary(spec, console.error);
  const { MORTAR_UV, MORTAR_BWRAP } = await workerEnvironment(console.error);
  Object.assign(process.env, { ...(MORTAR_UV && { MORTAR_UV }), ...(MORTAR_BWRAP && { MORTAR_BWRAP }) });
}
