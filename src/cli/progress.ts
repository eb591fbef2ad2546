import type { JobView } from "../contract/jobs.ts"
import type { CliDependencies } from "./dependencies.ts"
import { printSpan } from "./table.ts"

/** Shows how far a job is, on standard error: what a command prints as its result stays apart from it. */
export interface ProgressPrinter {
  show(job: Pick<JobView, "kind" | "subject" | "progress">): void
  /** Leaves the last state on the screen. */
  end(): void
}

const SILENT: ProgressPrinter = { show: () => undefined, end: () => undefined }

/** A bar on a terminal, a line for each tenth elsewhere, and nothing where the result is for a program. */
export async function createProgressPrinter(deps: CliDependencies, isJson: boolean): Promise<ProgressPrinter> {
  if (isJson) return SILENT
  return deps.isTerminal ? createBar() : createLines(deps)
}

async function createBar(): Promise<ProgressPrinter> {
  const { SingleBar } = await import("cli-progress")
  const bar = new SingleBar({
    format: " {bar} {value}/{total} {unit}  {eta_formatted}  {subject}",
    // Where nothing moved yet it is a word, of which the library shows a piece.
    formatTime: (seconds) => (Number.isFinite(seconds) ? `${printSpan(seconds)} left` : ""),
    hideCursor: true,
    clearOnComplete: false,
  })
  let isShown = false
  return {
    show: ({ progress, subject }) => {
      if (progress.total === undefined) return
      const { done, total, unit } = progress
      if (!isShown) bar.start(total, done, { unit, subject })
      isShown = true
      bar.setTotal(total)
      bar.update(done, { unit, subject })
    },
    end: () => {
      if (isShown) bar.stop()
    },
  }
}

const PARTS = 10

function createLines(deps: CliDependencies): ProgressPrinter {
  let shown = 0
  let isTotalShown = false
  return {
    show: ({ kind, progress: { done, total, unit } }) => {
      // Where the end is not known, each line stands for twice as much.
      const part =
        total === undefined ? Math.floor(Math.log2(done + 1)) : Math.floor((done / Math.max(total, 1)) * PARTS)
      if (total !== undefined && !isTotalShown) shown = 0
      isTotalShown = total !== undefined
      if (part <= shown) return
      shown = part
      deps.err(`${kind}: ${done}${total === undefined ? "" : ` of ${total}`} ${unit}\n`)
    },
    end: () => undefined,
  }
}
