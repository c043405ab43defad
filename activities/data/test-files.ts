/** Whether a file is the path, or lies below it. */
export function isIn(file: string, path: string): boolean {
  const folder = path.replace(/\/+$/, '');
  return folder === '.' || file === folder || file.startsWith(`${folder}/`);
}

/** Helpers of tests that stand beside the files that are named. */
export function isTest(file: string): boolean {
  const parts = file.split('/');
  const name = parts.at(-1) ?? '';
  return (
    name === 'conftest.py' ||
    name.startsWith('test_') ||
    parts.slice(0, -1).some((part) => part === 'tests' || part === 'test')
  );
}
