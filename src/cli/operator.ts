import type { ListPage } from "../contract/pages.ts"
import type { Problem } from "../contract/problem.ts"
import type { LocalFiles } from "../ports/local-files.ts"
import type { CliDependencies } from "./dependencies.ts"
import { CONFIG_MEANING, CONFIG_OPTION, readConfiguration } from "./configuration.ts"
import type { Command } from "commander"
import type { CommandContext } from "./command.ts"
import { describeError } from "./describe-error.ts"
import { DONE, FAILED, MISUSED } from "./exit-codes.ts"

/** Answers the requests of /api/v1: a server that runs on the store, or else the store itself, opened by this process. */
export interface Operator {
  ask(request: Request): Promise<Response>
  /** Whether a server answers, which goes on when the command has ended. */
  readonly isServer: boolean
  /** What this process reaches by itself. */
  readonly local?: Local
  close(): Promise<void>
}

export interface Local {
  /** The data directory, an absolute path. */
  root: string
  files: LocalFiles
}

export interface OperatorWay {
  /** Nothing is written in the data directory: what a request would write goes to a place that is thrown away. */
  isDryRun?: boolean
  /** Nothing is changed by its requests: a directory that no Berth has served is left as it is. */
  isListing?: boolean
  /** It is about the database: where there is none, none is made. */
  needsDatabase?: boolean
}

export const LISTING: OperatorWay = { isListing: true }

export interface OperatorOptions {
  config?: string
  json?: boolean
}

/** What a command is run with. */
export interface OperatorCall<Options extends OperatorOptions> {
  deps: CliDependencies
  operator: Operator
  options: Options
}

/** Adds the options that every command on the store has. */
export function addOperatorOptions(command: Command): Command {
  return command.option(CONFIG_OPTION, CONFIG_MEANING).option("--json", "print the result as JSON")
}

/** Opens the server or the store of the configuration for one command, and says how that ended. */
export async function withOperator<Options extends OperatorOptions>(
  context: CommandContext,
  options: Options,
  run: (call: OperatorCall<Options>) => Promise<number | void>,
  way: OperatorWay = {},
): Promise<void> {
  const { deps } = context
  const finish = (exitCode: number) => context.finish(exitCode)
  const loaded = await readConfiguration(deps, options.config)
  if (loaded === undefined) return finish(MISUSED)
  let operator: Operator | undefined
  try {
    operator = await deps.openOperator(loaded.config, way)
    finish((await run({ deps, operator, options })) ?? DONE)
  } catch (error) {
    const loss = operator?.isServer === true ? describeLoss(error) : undefined
    deps.err(`berth: ${loss ?? describeError(error)}\n`)
    finish(FAILED)
  } finally {
    await operator?.close()
  }
}

export function getLocal({ local }: Operator): Local {
  if (local === undefined) throw new Error("this command reaches no files of its own")
  return local
}

/** Sends a request and gives the answer's JSON. Rejects, for the operator, with what the problem document says. */
export async function ask<Answer>(operator: Operator, path: string, init?: RequestInit): Promise<Answer> {
  const response = await open(operator, path, init)
  return (response.status === 204 ? undefined : await response.json()) as Answer
}

/** As `ask`, for an answer of lines: gives the JSON of each as it comes. */
export async function* askLines<Line>(operator: Operator, path: string, init?: RequestInit): AsyncGenerator<Line> {
  const response = await open(operator, path, init)
  const decoder = new TextDecoder()
  let text = ""
  for await (const piece of response.body ?? []) {
    text += decoder.decode(piece, { stream: true })
    const lines = text.split("\n")
    text = lines.pop() ?? ""
    for (const line of lines) yield JSON.parse(line) as Line
  }
}

/** As `ask`, for an answer of bytes: gives them as they come. */
export async function* askBytes(operator: Operator, path: string, init?: RequestInit): AsyncGenerator<Uint8Array> {
  yield* (await open(operator, path, init)).body ?? []
}

/** Every entry of a listing, page after page. `path` has no query. */
export async function* askPages<Item>(
  operator: Operator,
  path: string,
  query: Record<string, string> = {},
): AsyncGenerator<Item> {
  for await (const { items } of askWholePages<ListPage<Item>>(operator, path, query)) yield* items
}

/** As `askPages`, for what a page says besides its entries. */
export async function* askWholePages<Page extends ListPage<unknown>>(
  operator: Operator,
  path: string,
  query: Record<string, string> = {},
): AsyncGenerator<Page> {
  let after = ""
  for (;;) {
    const all = new URLSearchParams({ ...query, ...(after !== "" && { after }) })
    const page = await ask<Page>(operator, all.size === 0 ? path : `${path}?${all.toString()}`)
    yield page
    if (page.next === undefined) return
    after = page.next
  }
}

async function open(operator: Operator, path: string, init?: RequestInit): Promise<Response> {
  // The name is nobody's: the request goes to a socket, or nowhere.
  const response = await operator.ask(new Request(`http://berth/api/v1${path}`, init))
  if (response.ok) return response
  const text = await response.text()
  throw new Error(describeProblem(text) ?? `the server answered ${response.status}: ${text.slice(0, 200)}`)
}

/** Why a server that was there does not answer; the runtime's words for it are meant for programmers. */
function describeLoss(error: unknown): string | undefined {
  // A file that is not there has the same code as a socket that is not: errors of files name the system call.
  const code = error instanceof Error && "code" in error && !("syscall" in error) ? error.code : undefined
  if (code === "ECONNREFUSED" || code === "ENOENT") return "the server has ended since the command began: try again"
  if (code === "ETIMEDOUT") return "the server did not answer in time: its log may say why"
  if (code !== "ECONNRESET") return undefined
  return "the server went away before it had answered: what it was to do may be done or not, and its log may say why"
}

function describeProblem(text: string): string | undefined {
  try {
    return (JSON.parse(text) as Partial<Problem>).detail
  } catch {
    return undefined
  }
}
