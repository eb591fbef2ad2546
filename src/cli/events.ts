import type { Command } from "commander"
import type { EventView, OutboxView, ReplayedView } from "../contract/events.ts"
import { isDigest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { asArgument } from "./argument.ts"
import type { CommandContext } from "./command.ts"
import { DONE, MISUSED } from "./exit-codes.ts"
import {
  LISTING,
  addOperatorOptions,
  ask,
  askPages,
  withOperator,
  type OperatorCall,
  type OperatorOptions,
} from "./operator.ts"
import { addTruncOptions, isShort, type TruncOptions } from "./short-digests.ts"
import { printCount, printTable, printTime, type Column } from "./table.ts"

const COLUMNS: readonly Column<EventView>[] = [
  { title: "ID", isNumber: true, show: ({ id }) => `${id}` },
  { title: "ENDPOINT", show: ({ endpoint }) => endpoint },
  { title: "ACTION", show: ({ action }) => action },
  { title: "REPOSITORY", show: ({ repository }) => repository },
  {
    title: "REFERENCE",
    show: ({ reference }) => reference,
    showShort: ({ reference }) => (isDigest(reference) ? reference.slice(0, 19) : reference),
  },
  { title: "HAPPENED (UTC)", show: ({ happenedAt }) => printTime(happenedAt) },
  { title: "ATTEMPTS", isNumber: true, show: ({ attempts }) => `${attempts}` },
  { title: "WHY", show: ({ error }) => error ?? "" },
]

interface ListOptions extends TruncOptions {
  endpoint?: string
  state: EventView["state"]
}

interface ReplayOptions extends OperatorOptions {
  endpoint?: string
  id?: string
  all?: boolean
}

export function registerEvents(program: Command, context: CommandContext): void {
  const events = program.command("events").description("look at events that were not delivered, and replay them")
  addTruncOptions(events.command("list"))
    .description("list the events that were given up, or that wait for their delivery")
    .option("--endpoint <name>", "those of one endpoint")
    .option("--state <state>", "dead or waiting", asArgument(parseState), "dead")
    .action((options: ListOptions) => withOperator(context, options, listEvents, LISTING))
  addOperatorOptions(events.command("replay"))
    .description("let events that were given up wait for their delivery again")
    .option("--endpoint <name>", "those of one endpoint")
    .option("--id <id>", "one of them")
    .option("--all", "those of every endpoint that is configured")
    .action((options: ReplayOptions) => {
      if (isOneChoice(options)) return withOperator(context, options, replayEvents)
      context.deps.err("berth: say which events: --endpoint NAME, --id ID or --all\n")
      return context.finish(MISUSED)
    })
}

function parseState(text: string): EventView["state"] {
  if (text === "dead" || text === "waiting") return text
  throw new RegistryError("REQUEST_INVALID", "write --state dead or --state waiting")
}

function isOneChoice({ endpoint, id, all }: ReplayOptions): boolean {
  const chosen = [endpoint, id, all].filter((each) => each !== undefined)
  return chosen.length === 1 && (id === undefined || /^\d+$/.test(id))
}

async function listEvents(call: OperatorCall<ListOptions>): Promise<number> {
  const { deps, operator, options } = call
  const { state, endpoint } = options
  const { items: endpoints } = await ask<OutboxView>(operator, "/events/endpoints")
  const query = { state, ...(endpoint !== undefined && { endpoint }) }
  const rows = await Array.fromAsync(askPages<EventView>(operator, "/events", query))
  if (options.json === true) deps.out(`${JSON.stringify({ endpoints, items: rows })}\n`)
  else {
    deps.out(printTable(COLUMNS, rows, isShort(call)))
    for (const { endpoint: name, waiting, dead } of endpoints) deps.err(`${name}: ${waiting} waiting, ${dead} dead\n`)
  }
  return DONE
}

async function replayEvents({ deps, operator, options }: OperatorCall<ReplayOptions>): Promise<number> {
  const { endpoint, id } = options
  const replay = async (which: { endpoint: string } | { id: number }) => {
    const headers = { "Content-Type": "application/json" }
    const init = { method: "POST", headers, body: JSON.stringify(which) }
    return (await ask<ReplayedView>(operator, "/events/replay", init)).replayed
  }
  let replayed = 0
  if (id !== undefined) replayed = await replay({ id: Number(id) })
  else if (endpoint !== undefined) replayed = await replay({ endpoint })
  else {
    const { items } = await ask<OutboxView>(operator, "/events/endpoints")
    for (const each of items) {
      if (!each.isConfigured) continue
      replayed += await replay({ endpoint: each.endpoint })
    }
  }
  if (options.json === true) deps.out(`${JSON.stringify({ replayed })}\n`)
  else deps.out(`${printCount(replayed, "event")} will be sent again\n`)
  return DONE
}
