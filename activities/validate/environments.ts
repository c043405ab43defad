import { UserError } from '../../recipe/errors.js';
import type { Environment, Instance } from '../../schemas/records.js';
import type { ActivityContext } from '../activity.js';

export async function environmentsById(context: ActivityContext): Promise<ReadonlyMap<string, Environment>> {
  const environments = await context.inputs.all<Environment>('environments');
  return new Map(environments.map((environment) => [environment.environment_id, environment]));
}

export function environmentOf(
  environments: ReadonlyMap<string, Environment>,
  instance: Pick<Instance, 'instance_id' | 'environment_id'>,
  activity: string,
): Environment {
  const environment = environments.get(instance.environment_id);
  if (environment === undefined) {
    throw new UserError(
      'environment-missing',
      `${activity}: instance ${instance.instance_id} names environment ${instance.environment_id}, which input 'environments' does not have. Give the environments that its instances were made from.`,
      { instance: instance.instance_id, environment: instance.environment_id },
    );
  }
  return environment;
}

/**
 * The environment of a draft. That of a real change was made before any environment, and names the commit of its checkout instead;
 * undefined where no environment was built of that.
 */
export function environmentOfDraft(
  environments: ReadonlyMap<string, Environment>,
  instance: Pick<Instance, 'instance_id' | 'environment_id' | 'repo' | 'base_commit'>,
  activity: string,
): Environment | undefined {
  if (instance.environment_id !== '') return environmentOf(environments, instance, activity);
  return [...environments.values()].find(
    ({ repo, checkout }) => repo === instance.repo && checkout.commit === instance.base_commit,
  );
}
