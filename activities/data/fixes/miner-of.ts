import { UserError } from '../../../recipe/errors.js';
import type { ActivityContext } from '../../activity.js';
import type { Miner, MiningParams } from './fix.js';
import { fromCommits } from './from-commits.js';
import { fromPulls } from './from-pulls.js';
import { fromReleases } from './from-releases.js';
import { GitHub } from './github.js';

/** Throws a UserError where the token that it is to use is not set on this worker. */
export function minerOf({ from, api, token, timeout }: MiningParams, context: ActivityContext): Miner {
  switch (from) {
    case 'commits':
      return fromCommits;
    case 'releases':
      return fromReleases;
    case 'pulls': {
      const secret = token === null ? undefined : context.environment(token.secret);
      if (token !== null && (secret === undefined || secret === ''))
        throw new UserError(
          'environment-missing',
          `data/mine-fixes: the token is the environment variable ${token.secret}, which is not set on this worker. Set it where \`mortar worker\` runs, or leave \`token\` out to ask GitHub without one.`,
        );
      const onWait = (seconds: number): void => {
        context.log('warn', `GitHub's rate limit: waiting ${Math.ceil(seconds)} s`);
        context.progress(0, 0, `waits ${Math.ceil(seconds)} s for GitHub's rate limit`);
      };
      const { signal } = context;
      return fromPulls(
        new GitHub({ api, timeout, signal, onWait, ...(secret === undefined ? {} : { token: secret }) }),
      );
    }
  }
}
