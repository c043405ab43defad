import { type Activity, UserError } from 'mortar/activity';
import { readabilityOf } from './readability.js';

interface Post {
  readonly id: string;
  readonly title: string;
}

/** Works item by item: a post that is rated is not rated again, even when the worker is killed in the middle. */
export default {
  name: 'posts/rate',
  summary: 'Says of each post how hard its title is to read.',
  map: true,
  inputs: { posts: { kind: 'file', description: 'JSON lines with `id` and `title`.' } },
  itemInputs: ['posts'],
  outputs: {
    ratings: { kind: 'ratings', description: 'A line a post: its id, words, letters a word, share of long words.' },
  },
  scalars: ['posts', 'words'],
  params: {
    properties: {
      long: { type: 'integer', minimum: 1, default: 7, description: 'Letters from which a word is a long one.' },
    },
  },

  async items({ inputs }) {
    const posts = await inputs.all<Post>('posts');
    if (posts.length === 0) throw new UserError('no-posts', 'The file of posts is empty: give one with a post a line.');
    return posts.map(({ id, title }) => ({ key: id, value: title }));
  },

  async *process(items, { params, signal }) {
    for (const { key, value } of items) {
      signal.throwIfAborted();
      yield { key, ok: true, record: { id: key, ...readabilityOf(String(value), Number(params['long'])) } };
    }
  },

  async assemble(results, { outputs }) {
    const rated = results.flatMap((result) => (result.ok ? [result.record as { words: number }] : []));
    await outputs.write('ratings', rated);
    return { posts: rated.length, words: rated.reduce((sum, { words }) => sum + words, 0) };
  },
} satisfies Activity;
