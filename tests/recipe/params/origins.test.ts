import { expect, test } from 'vitest';
import { planRecipe, sha256 } from '../../../recipe/index.js';
import { declarations } from '../declarations.js';

const text = `mortar: 1
name: cells
params:
  list: { type: file, default: list.jsonl }
  more: { type: boolean, default: false }
  limit: { type: object, default: { a: one, b: two } }
matrix:
  limit.b: { low: two, high: nine }
stages:
  sources:
    uses: data/collect
    inputs: { list: params.list }
  again:
    if: \${{ params.more }}
    uses: data/collect
    inputs: { list: params.list }
  environments:
    uses: data/build-environments
    inputs: { checkouts: sources.checkouts }
    with: { strategy: "\${{ params.limit.b }}" }
`;

const { plan } = planRecipe({
  file: 'cells.yaml',
  text,
  readText: () => null,
  readFileDigest: sha256,
  activities: declarations,
});

test('a cell of the matrix says which values it sets, and where that stands', () => {
  expect(plan.cells).toEqual([
    { label: 'limit.b=low', params: { 'limit.b': cell('limit.b=low', 'two') } },
    { label: 'limit.b=high', params: { 'limit.b': cell('limit.b=high', 'nine') } },
  ]);
  expect(plan.origins['limit.b']).toEqual({ from: 'default', file: 'cells.yaml', line: 6 });
});

test('a node says how many stages of the cells it stands for', () => {
  expect(plan.nodes.map(({ id, standsFor }) => [id, standsFor])).toEqual([
    ['sources', 2],
    ['environments@limit.b=low', undefined],
    ['environments@limit.b=high', undefined],
  ]);
});

test('a pruned stage is listed with the line and the words of its condition', () => {
  expect(plan.pruned).toEqual([{ id: 'again', line: 14, reason: '`if: ${{ params.more }}` is false' }]);
});

function cell(label: string, value: string): object {
  return { value, from: `matrix ${label}`, file: 'cells.yaml', line: 8 };
}
