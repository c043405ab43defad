import type { ActivityDeclaration } from '../recipe/declaration.js';
import type { Activity as BuiltIn, MapActivity, PlainActivity, StreamedMapActivity } from './activity.js';

export { InfrastructureError, UserError } from '../recipe/errors.js';
export type {
  ActivityContext,
  Blobs,
  InputSource,
  Inputs,
  ItemResult,
  Json,
  JsonObject,
  MapActivity,
  MapItem,
  Outputs,
  PlainActivity,
  Scalars,
  StreamedMapActivity,
} from './activity.js';

/** What an author may leave out. @default version 1, queue 'cpu', no inputs, no outputs, no params */
type Optional = 'version' | 'queue' | 'inputs' | 'outputs' | 'params';
type Declaration = Omit<ActivityDeclaration, Optional | 'map' | 'code' | 'module' | 'declaredByStage'> &
  Partial<Pick<ActivityDeclaration, Optional>>;

/**
 * An activity in a module of one's own: `import type { Activity } from 'mortar/activity'`. The code is part of every key, so that a
 * change of it is other work; `version` need not be raised.
 */
export type Activity = Declaration &
  Pick<BuiltIn, 'isDeterministic'> &
  (
    | ({ readonly map: true } & MapActivity)
    | ({ readonly map: 'streamed' } & StreamedMapActivity)
    | ({ readonly map?: false } & PlainActivity)
  );

/** Identity with checking: `export default defineActivity({ ... })`. */
export function defineActivity(activity: Activity): Activity {
  return activity;
}
