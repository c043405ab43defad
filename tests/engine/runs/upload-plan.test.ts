import { expect, test } from 'vitest';
import { uploadPlan } from '../../../engine/runs/upload-plan.js';
import { testPlan } from '../../integration/plans.js';
import { memoryRooms } from '../../support/memory-store-rooms.js';

test('a name that is a secret in one stage and shown in another is refused before anything is written', async () => {
  const store = memoryRooms();
  const plan = testPlan([{ with: { key: { secret: 'TOKEN' } } }, { with: { deep: [{ url: { env: 'TOKEN' } }] } }]);
  await expect(uploadPlan(store, { plan, recipeText: '' })).rejects.toMatchObject({ code: 'secret-as-environment' });
  const names: string[] = [];
  for await (const { key } of store.objects.list('')) names.push(key);
  expect(names).toEqual([]);
  const apart = testPlan([{ with: { key: { secret: 'TOKEN' } } }, { with: { url: { env: 'URL' } } }]);
  expect((await uploadPlan(store, { plan: apart, recipeText: '' })).nodes).toBe(2);
});
