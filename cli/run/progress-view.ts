import type { NodeState } from '../../artifacts/run-record.js';
import type { RunStatus } from '../../engine/client/run-status.js';
import { isTerminal, paint, say } from '../output.js';
import { Pace } from './pace.js';
import { changeLine, describeRunning, liveLines, summarise, troubleLines, type Line } from './progress-lines.js';

/** Milliseconds between two lines about a stage that runs, where lines cannot be redrawn. */
const plainInterval = 10_000;

/** Shows a run on stderr: redrawn on a terminal, plain lines elsewhere. */
export class ProgressView {
  readonly #pace = new Pace();
  readonly #states = new Map<string, NodeState>();
  #trouble: ReadonlySet<string> = new Set();
  #drawn = 0;
  #spoken = Date.now();

  constructor(private readonly terminal = isTerminal()) {}

  update(status: RunStatus): void {
    const now = Date.now();
    const changes: Line[] = [];
    let cached = 0;
    for (const node of status.nodes) {
      if (this.#states.get(node.id) === node.state) continue;
      this.#states.set(node.id, node.state);
      if (node.state === 'cached') cached += 1;
      // A terminal shows what runs below; it needs no line of its own.
      const line = this.terminal && (node.state === 'running' || node.state === 'held') ? undefined : changeLine(node);
      if (line) changes.push(line);
    }
    if (cached > 0)
      changes.unshift({
        text: `  hit   ${cached} ${cached === 1 ? 'stage' : 'stages'} from the cache`,
        colour: 'green',
      });
    if (this.terminal) {
      this.clear();
      for (const line of changes) this.#write(line);
      const columns = process.stderr.columns || 80;
      const live = liveLines(status, this.#pace, now, Math.max(3, (process.stderr.rows || 24) - 3));
      for (const line of live) this.#write({ ...line, text: line.text.slice(0, columns - 1) });
      this.#drawn = live.length;
      return;
    }
    for (const line of changes) this.#write(line);
    this.#tell(troubleLines({ ...status, live: true }));
    if (changes.length > 0 || now - this.#spoken < plainInterval) {
      if (changes.length > 0) this.#spoken = now;
      // Keeps the first sight of each stage, so that its rate is right when it is told.
      for (const node of status.nodes) if (node.state === 'running') describeRunning(node, this.#pace, now);
      return;
    }
    this.#spoken = now;
    say(`  ...   ${summarise(status)}`);
    for (const node of status.nodes)
      if (node.state === 'running') say(`        ${describeRunning(node, this.#pace, now)}`);
  }

  /** Takes away what is redrawn, before other text is written. */
  clear(): void {
    if (this.#drawn > 0) process.stderr.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }

  /** Trouble is told when it begins; that Temporal is away is told by whoever follows the run. */
  #tell(trouble: readonly string[]): void {
    for (const line of trouble) if (!this.#trouble.has(line)) this.#write({ text: `  ${line}`, colour: 'yellow' });
    this.#trouble = new Set(trouble);
  }

  #write({ text, colour }: Line): void {
    say(colour ? paint(colour, text) : text);
  }
}
