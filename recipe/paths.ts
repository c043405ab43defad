/** A path beside a file, with `.` and `..` taken out. Pure text: forward slashes, as recipes are written. */
export function joinPath(file: string, relative: string): string {
  if (relative.startsWith('/')) return relative;
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
  const steps: string[] = [];
  for (const step of `${folder}${relative}`.split('/')) {
    if (step === '..' && steps.length > 0 && steps[steps.length - 1] !== '..' && steps[steps.length - 1] !== '')
      steps.pop();
    else if (step !== '.' && (step !== '' || steps.length === 0)) steps.push(step);
  }
  return steps.join('/');
}

/** `hf:name@revision`, `hub:`, `s3:`, `artifact:`: a reference, not a path. */
export function isReference(text: string): boolean {
  return /^(hf|hub|s3|artifact):/.test(text);
}

/** Whether a reference says which revision: `@revision`, or the digest that an artifact is named by. */
export function isPinned(reference: string): boolean {
  return /@[\w./-]+(#.*)?$/.test(reference) || /^artifact:sha256:[0-9a-f]{64}$/.test(reference);
}

/** Whether a path stays within the folder that it is relative to. */
export function isInside(path: string): boolean {
  return path !== '' && !path.startsWith('/') && !path.split('/').some((step) => ['', '.', '..'].includes(step));
}
