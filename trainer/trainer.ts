import type { Json, JsonObject } from '../recipe/json.js';

/** The Python side. A job is found again by its name: a restarted worker re-attaches, or resumes from its last checkpoint. */
export interface TrainerPort {
  /** A long job (training). Detached from the worker; `directory` holds its state, log, checkpoints and output. */
  run(job: TrainerJob): Promise<TrainerResult>;
  /** A short program of the Python side with JSON lines in and out (bug injection, source analysis); dies with the worker. */
  stream(command: string, input: Iterable<Json> | AsyncIterable<Json>, signal?: AbortSignal): AsyncIterable<Json>;
}

export interface TrainerJob {
  /** Deterministic: the stage's name. */
  readonly name: string;
  /** `python -m mortar_trainer COMMAND`: pretrain, sft, verifier. */
  readonly command: 'pretrain' | 'sft' | 'verifier';
  /** Written to `config.json`; paths in it are absolute. */
  readonly config: JsonObject;
  /** Job folder. The trained model appears in `output/`, complete or not at all. */
  readonly directory: string;
  readonly signal: AbortSignal;
  onProgress(step: number, steps: number, metrics: JsonObject): void;
}

export interface TrainerResult {
  /** Folder of the trained model. */
  readonly output: string;
  /** Last line of its log: losses, tokens seen, seconds; free-form. */
  readonly metrics: JsonObject;
}
