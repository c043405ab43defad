import type { Activity } from 'mortar/activity';

interface Review {
  readonly text: string;
}

/** An activity of your own: what it takes, what it gives, and what it does. `mortar activities ./activities/common-words.ts` shows it. */
export default {
  name: 'reviews/common-words',
  summary: 'Counts the words of reviews and keeps the most common ones.',
  inputs: { reviews: { kind: 'reviews' } },
  outputs: { words: { kind: 'words', description: 'A line a word: the word, and how often it occurs.' } },
  scalars: ['reviews', 'different'],
  params: {
    properties: {
      most: { type: 'integer', minimum: 1, default: 10, description: 'How many words are kept.' },
      letters: { type: 'integer', minimum: 1, default: 4, description: 'Shorter words do not count.' },
    },
  },

  async run({ inputs, outputs, params, log }) {
    const counts = new Map<string, number>();
    let reviews = 0;
    for await (const { text } of inputs.records<Review>('reviews')) {
      reviews += 1;
      for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? [])
        if (word.length >= Number(params['letters'])) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    log('info', `${reviews} reviews, ${counts.size} different words`);
    const words = [...counts].map(([word, count]) => ({ word, count }));
    words.sort((left, right) => right.count - left.count || (left.word < right.word ? -1 : 1));
    await outputs.write('words', words.slice(0, Number(params['most'])));
    return { reviews, different: counts.size };
  },
} satisfies Activity;
