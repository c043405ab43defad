/* Generated from schemas/*.schema.json by `npm run generate`. Do not edit. */

export interface Records {
  blob: Blob;
  manifest: Manifest;
  checkout: Checkout;
  environment: Environment;
  instance: Instance;
  trajectory: Trajectory;
  verdict: Verdict;
  judgement: Judgement;
}
/**
 * A reference to bytes in the store.
 */
export interface Blob {
  /**
   * sha256 of the bytes.
   */
  digest: string;
  /**
   * Bytes.
   */
  size: number;
}
/**
 * An artifact: records (JSON lines, in parts) or a file tree. Its own sha256 (canonical JSON) is the artifact's digest.
 */
export interface Manifest {
  mortar: 1;
  /**
   * Artifact kind, as activities declare it.
   */
  kind: string;
  /**
   * Number of records; absent for a file tree.
   */
  records?: number;
  /**
   * JSON-lines blobs, in order.
   */
  parts: {
    blob: Blob;
    records: number;
  }[];
  /**
   * Files of a tree, sorted by path.
   */
  files: {
    path: string;
    blob: Blob;
  }[];
  /**
   * Blobs that records refer to.
   */
  attachments: Blob[];
}
/**
 * The source tree of one repository at one version.
 */
export interface Checkout {
  /**
   * owner/name, or the distribution's name where it came from a package index.
   */
  repo: string;
  version: string;
  /**
   * Commit, or sha256 of the source distribution.
   */
  commit: string;
  /**
   * SPDX expression.
   */
  licence: string;
  archive: Blob1;
  /**
   * Folder that is put on sys.path, relative to the tree ('.' or 'src').
   */
  root: string;
  /**
   * Source folders or modules in which bugs may be made, relative to the tree.
   */
  packages: string[];
  /**
   * pytest arguments: test files or folders, relative to the tree.
   */
  tests: string[];
  /**
   * Pinned packages that its tests need (name==version).
   */
  requirements: string[];
  /**
   * Tests known to need what a sandbox lacks; each is reported.
   */
  deselect?: string[];
  /**
   * A tree of the past, which a fix was made on; bugs are made in the pinned one.
   */
  earlier?: boolean;
  /**
   * What the list says it is for; the split stage decides.
   */
  role?: 'train' | 'verifier' | 'development' | 'test' | 'corpus';
}
/**
 * A reference to bytes in the store.
 */
export interface Blob1 {
  /**
   * sha256 of the bytes.
   */
  digest: string;
  /**
   * Bytes.
   */
  size: number;
}
/**
 * Where a repository's tests run, and how its tests behave there before anything is changed.
 */
export interface Environment {
  /**
   * Digest over python, lock, and the root that the sandbox binds.
   */
  environment_id: string;
  repo: string;
  version: string;
  /**
   * Full version of the interpreter.
   */
  python: string;
  /**
   * Container image with digest, where the environment is an image.
   */
  image?: string;
  /**
   * All packages, name==version, sorted.
   */
  lock: string[];
  checkout: Checkout;
  /**
   * Tests collected.
   */
  tests: number;
  /**
   * Test ids that passed in every repeat.
   */
  stable: string[];
  flaky: string[];
  failing: string[];
  coverage?: Blob2;
  /**
   * Wall time of one run of the suite; informative, rounded to 0 in the record.
   */
  seconds: number;
}
/**
 * A reference to bytes in the store.
 */
export interface Blob2 {
  /**
   * sha256 of the bytes.
   */
  digest: string;
  /**
   * Bytes.
   */
  size: number;
}
/**
 * A task, in SWE-bench's terms. The tree to mend is the environment's checkout with bug_patch applied.
 */
export interface Instance {
  instance_id: string;
  repo: string;
  version: string;
  /**
   * Commit of the sealed tree. In a draft: the commit of the checkout that it was made on (sha256 of a source distribution), or empty.
   */
  base_commit: string;
  source: 'real' | 'synthetic' | 'benchmark';
  /**
   * Empty in the draft of a real change; sealing finds it by repository and base commit.
   */
  environment_id: string;
  problem_statement: string;
  /**
   * Gold patch, unified diff against the tree to mend.
   */
  patch: string;
  /**
   * Unified diff that makes the tree to mend out of the checkout; empty for a real instance.
   */
  bug_patch: string;
  test_patch: string;
  /**
   * Which function the statement names.
   */
  focus: {
    file: string;
    /**
     * Qualified name, such as Class.method.
     */
    symbol: string;
    /**
     * First line, 1-based, decorators not counted.
     */
    start: number;
    /**
     * Last line, inclusive.
     */
    end: number;
    /**
     * sha256 of the original function with names and constants normalised; finds vendored copies.
     */
    hash?: string;
  };
  bug?: {
    kind: string;
    /**
     * Line in the file, 1-based.
     */
    line: number;
    /**
     * Text on that line of the tree to mend.
     */
    bad: string;
    /**
     * What stands there in the original.
     */
    good: string;
  };
  status: 'draft' | 'sealed' | 'valid' | 'invalid' | 'flaky' | 'timeout' | 'infrastructure';
  /**
   * Why it is not valid.
   */
  reason?: string;
  FAIL_TO_PASS: string[];
  /**
   * Tests that touch the focus, pass before and after; the ones that grading runs.
   */
  PASS_TO_PASS: string[];
  /**
   * How its tests must run: 'process' where a warm run and a fresh process disagreed.
   */
  isolation?: 'warm' | 'process';
  /**
   * When a real change was made, ISO 8601.
   */
  created_at?: string;
  /**
   * Comments on the issue before the change was begun. Never shown to an agent.
   */
  hints_text?: string;
  /**
   * Where a real change comes from.
   */
  origin?: {
    from: 'commits' | 'pulls' | 'releases';
    /**
     * Commit before it, or sha256 of the older source distribution.
     */
    base: string;
    /**
     * Commit, number of the pull request, or the newer version.
     */
    fix: string;
    /**
     * Issues that it closes.
     */
    issues?: number[];
  };
  /**
   * Type and first line of the error that the first failing test showed.
   */
  symptom?: string;
}
export interface Trajectory {
  trajectory_id: string;
  instance_id: string;
  repo: string;
  source: 'real' | 'synthetic' | 'benchmark';
  /**
   * Key of the foreach that made it (base, sft, ...); empty elsewhere.
   */
  row: string;
  sample: number;
  seed: number;
  /**
   * Digest of the weights, model and revision, or scripted:NAME.
   */
  model: string;
  messages: {
    role: 'system' | 'user' | 'assistant';
    content: string;
    /**
     * Assistant: the tool it called; observation: the tool that answered.
     */
    tool?: string;
    /**
     * On an observation: how the call before it went wrong.
     */
    error?: 'invocation' | 'traceback' | 'nonzero';
    exit_code?: number;
    /**
     * True: do not train on this assistant turn.
     */
    turn_mask?: boolean;
  }[];
  /**
   * Final patch, unified diff; empty where nothing changed.
   */
  patch: string;
  /**
   * Patch at each turn budget, by budget.
   */
  patches: {
    [k: string]: string;
  };
  exit: 'finish' | 'max_turns' | 'context' | 'format' | 'infrastructure';
  /**
   * Assistant turns.
   */
  turns: number;
  /**
   * At least one edit was applied.
   */
  valid_call: boolean;
  /**
   * Sampled tokens.
   */
  tokens: number;
  /**
   * Sum of log-probabilities of the sampled tokens, natural logarithm.
   */
  logprob?: number | null;
  class?: 'resolved' | 'semi_resolved' | 'unresolved';
  failure_class?: string;
  loop?: boolean;
  leak?: boolean;
}
/**
 * How one trajectory's patch fared. Equal patches of an instance are tested once and share the outcome.
 */
export interface Verdict {
  trajectory_id: string;
  instance_id: string;
  repo: string;
  row: string;
  sample: number;
  /**
   * sha256 of the patch; of the empty string where there is none.
   */
  patch_digest: string;
  /**
   * Changed characters: the shortest-patch baseline.
   */
  patch_size: number;
  status: 'graded' | 'empty_patch' | 'not_applied' | 'timeout' | 'infrastructure';
  resolved: boolean;
  FAIL_TO_PASS: {
    success: string[];
    failure: string[];
  };
  PASS_TO_PASS: {
    success: string[];
    failure: string[];
  };
  turns: number;
  tokens: number;
  valid_call: boolean;
  logprob?: number | null;
  /**
   * Resolved at each turn budget.
   */
  budgets?: {
    [k: string]: boolean;
  };
}
/**
 * A verifier's score of one trajectory.
 */
export interface Judgement {
  trajectory_id: string;
  instance_id: string;
  row: string;
  sample: number;
  /**
   * Name of the verifier: the foreach key, else its kind.
   */
  verifier: string;
  /**
   * p(yes) / (p(yes) + p(no)); null where neither token was seen.
   */
  score: number | null;
  raw: {
    [k: string]: number;
  };
}
