/** A data or model hub, by the API of the Hugging Face Hub. */
export interface Hub {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Where private repositories are to be read. */
  readonly token?: string;
}

const PUBLIC = 'https://huggingface.co';
const COMMIT = /^[0-9a-f]{40,64}$/;

/** The hub of HF_ENDPOINT, else the public one, with HF_TOKEN. */
export function hubOf({ HF_ENDPOINT, HF_TOKEN }: NodeJS.ProcessEnv): Hub {
  return { endpoint: (HF_ENDPOINT || PUBLIC).replace(/\/+$/, ''), ...(HF_TOKEN ? { token: HF_TOKEN } : {}) };
}

export function headersFor({ token }: Hub): Record<string, string> {
  return { 'user-agent': 'mortar', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
}

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}

/** The commit that an answer about a repository or one of its revisions tells; undefined where it is no such answer. */
export function commitIn(answer: unknown): string | undefined {
  const sha = answer !== null && typeof answer === 'object' && 'sha' in answer ? answer.sha : undefined;
  return typeof sha === 'string' && isCommit(sha) ? sha : undefined;
}
