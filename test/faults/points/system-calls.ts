import { join } from "node:path"
import { createScratch } from "../../support/scratch.ts"
import { createRandom, type Random } from "../random.ts"
import type { Technique } from "../technique.ts"
import { readTrace } from "../trace.ts"
import { killDuring, type Arm } from "./kill-run.ts"
import { countKill, noKills, sumSeeds, type KillTotals } from "./kill-totals.ts"
import { bundleWithFailpoints, createStage, type Life, type Stage } from "./stage.ts"
import { createSteps, type Step } from "./steps.ts"

/** What may change a file; which of them the runtime and SQLite make use of, a trace tells. */
const CALLS =
  "write pwrite64 writev pwritev pwritev2 fsync fdatasync sync_file_range rename renameat renameat2 link linkat mkdir " +
  "mkdirat rmdir unlink unlinkat truncate ftruncate fallocate open openat"

interface Play {
  seed: number
  kills: number
  isPlayed: (step: Step) => boolean
  signal?: AbortSignal
  onKill?: (call: string, totals: KillTotals) => void
}

/** Kills at the nth system call of one name in one of the threads, each drawn from what a trace has shown. Rejects at the first thing lost. */
export async function killAtSystemCalls({ seed, kills, isPlayed, signal, onKill }: Play): Promise<KillTotals> {
  const random = createRandom(seed).fork("system calls")
  using code = createScratch("berth-code")
  await using stage = await createStage(seed, await bundleWithFailpoints(code.path))
  const steps = createSteps(stage.root, stage.oracle).filter(isPlayed)
  const traced = await traceEach(stage, steps)
  const totals = noKills()
  while (totals.kills < kills) {
    if (signal?.aborted === true) break
    const { step, call, nth } = drawCall(traced, random)
    try {
      const isKilled = await killDuring(stage, step, armSystemCall(call, nth))
      countKill(totals, stage, isKilled)
      if (isKilled) onKill?.(call, totals)
    } catch (error) {
      throw new Error(`seed ${seed}: ${step.name}, killed at ${call} ${nth}: ${String(error)}`, { cause: error })
    }
  }
  await stage.verifyAll()
  return { ...totals, verified: stage.verified() }
}

/** For each step, how often each call is made. */
type Traced = { step: Step; counts: Map<string, number> }[]

async function traceEach(stage: Stage, steps: readonly Step[]): Promise<Traced> {
  const traced: Traced = []
  for (const step of steps) {
    const log = join(stage.directory, "trace.log")
    await step.prepare?.(await stage.live())
    const life = await stage.live(step.config)
    const detach = await attach(life, ["-y", "-o", log, "-e", `trace=${CALLS.replaceAll(" ", ",")}`])
    await step.run(life)
    await detach()
    const counts = new Map<string, number>()
    for (const { name, args } of readTrace(log)) {
      // Only reading, or telling another thread something.
      if ((name.startsWith("open") && !args.includes("O_CREAT")) || args.includes("<anon_inode:")) continue
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    traced.push({ step, counts })
  }
  return traced
}

/** Each name as often as any other, however often it is called: there are a hundred writes for one rename. */
function drawCall(traced: Traced, random: Random): { step: Step; call: string; nth: number } {
  const names = [...new Set(traced.flatMap(({ counts }) => [...counts.keys()]))].sort()
  const call = random.pick(names) ?? "fsync"
  const making = traced.filter(({ counts }) => counts.has(call))
  const { step, counts } = random.pick(making) ?? {}
  if (step === undefined) throw new Error("the trace shows no call that could be killed at")
  // Counted in each thread for itself, which nobody knows the number of: mostly the first ones.
  const most = Math.min(40, counts?.get(call) ?? 1)
  return { step, call, nth: random.between(1, random.chance(0.5) ? Math.min(3, most) : most) }
}

function armSystemCall(call: string, nth: number): Arm {
  return (life) =>
    attach(life, ["-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=KILL:when=${nth}`])
}

/** Has strace follow all threads of the server. Gives what ends that. */
async function attach({ berth }: Life, options: string[]): Promise<() => Promise<void>> {
  const strace = Bun.spawn(["strace", "-f", "-p", `${berth.pid}`, ...options], { stdin: "ignore", stderr: "pipe" })
  const attached = Promise.withResolvers<void>()
  const reading = (async () => {
    const decoder = new TextDecoder()
    let output = ""
    for await (const piece of strace.stderr) {
      output += decoder.decode(piece, { stream: true })
      if (output.includes("attached")) attached.resolve()
    }
    attached.reject(new Error(`strace cannot attach: ${output}`))
  })()
  await attached.promise
  return async () => {
    strace.kill("SIGINT")
    await strace.exited
    await reading
  }
}

/** In each round, which begins with an empty directory. */
const KILLS = 100

export const systemCalls: Technique = {
  name: "system-calls",
  describe: `kills the server at system calls that change files, by strace, ${KILLS} times a seed`,
  run: async (options) => {
    if (Bun.which("strace") === null) throw new Error("system-calls needs strace: npm run test:setup")
    const killedAt: Record<string, number> = {}
    const totals = await sumSeeds(options, (seed, onKill) =>
      killAtSystemCalls({
        seed,
        kills: KILLS,
        isPlayed: () => true,
        signal: options.signal,
        onKill: (call, counts) => {
          killedAt[`at_${call}`] = (killedAt[`at_${call}`] ?? 0) + 1
          onKill(counts)
        },
      }),
    )
    return { ...totals, ...killedAt }
  },
}
