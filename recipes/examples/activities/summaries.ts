import { type Activity, defineActivity } from 'mortar/activity';

interface Rating {
  readonly id: string;
  readonly letters: number;
}

const hardest = defineActivity({
  name: 'posts/hardest',
  summary: 'The posts that are hardest to read.',
  inputs: { ratings: { kind: 'ratings' } },
  outputs: { posts: { kind: 'ratings' } },
  scalars: ['kept'],
  params: { properties: { most: { type: 'integer', minimum: 1, default: 5, description: 'How many are kept.' } } },
  async run({ inputs, outputs, params }) {
    const ratings = await inputs.all<Rating>('ratings');
    ratings.sort((left, right) => right.letters - left.letters);
    const kept = ratings.slice(0, Number(params['most']));
    await outputs.write('posts', kept);
    return { kept: kept.length };
  },
});

const mean = defineActivity({
  name: 'posts/mean',
  summary: 'How hard the posts are to read in the mean.',
  inputs: { ratings: { kind: 'ratings' } },
  outputs: { summary: { kind: 'metrics' } },
  scalars: ['letters'],
  async run({ inputs, outputs }) {
    const ratings = await inputs.all<Rating>('ratings');
    const sum = ratings.reduce((total, { letters }) => total + letters, 0);
    const summary = { letters: Math.round((sum / Math.max(1, ratings.length)) * 1000) / 1000 };
    await outputs.write('summary', [summary]);
    return summary;
  },
});

/** Several in one module: `uses: ./activities/summaries.ts#mean`. */
export const activities: readonly Activity[] = [hardest, mean];
