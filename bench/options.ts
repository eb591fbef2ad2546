import { join } from "node:path"
import { parseArgs } from "node:util"

export interface Peer {
  name: string
  program: string
  version?: string
}

export interface Options {
  /** Names of works; none means all. */
  only: string[]
  rounds: number
  peers: Peer[]
  isQuick: boolean
  /** Of the store in which garbage is collected; without it, as many as the size of the run says. */
  gcBlobs?: number
  /** Where the results go; `undefined` writes none. */
  out?: string
  isHelp: boolean
}

const PEER_NAMES = ["distribution-v3", "zot"] as const

/** Parses the command line. Throws, in a sentence, on what it does not know. */
export function parseOptions(args: readonly string[], works: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", multiple: true, default: [] },
      rounds: { type: "string" },
      peer: { type: "string", multiple: true, default: [] },
      "gc-blobs": { type: "string" },
      quick: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  })
  const only = values.only.flatMap((names) => names.split(",")).filter(Boolean)
  const unknown = only.find((name) => !works.some((work) => isChosen([name], work)))
  if (unknown !== undefined) throw new Error(`no work is called ${unknown}; there are ${works.join(", ")}`)
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3))
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 20) throw new Error("--rounds takes a number from 1 to 20")
  const gcBlobs = values["gc-blobs"] === undefined ? undefined : Number(values["gc-blobs"])
  if (gcBlobs !== undefined && !(Number.isInteger(gcBlobs) && gcBlobs >= 1000 && gcBlobs <= 10_000_000)) {
    throw new Error("--gc-blobs takes a number from 1,000 to 10,000,000")
  }
  // A quick run proves nothing about speed: its figures are not kept beside the real ones unless asked for.
  const out = values.out ?? (values.quick ? undefined : join(import.meta.dir, "results"))
  const peers = values.peer.map(parsePeer)
  const given = { ...(out !== undefined && { out }), ...(gcBlobs !== undefined && { gcBlobs }) }
  return { only, rounds, peers, isQuick: values.quick, isHelp: values.help, ...given }
}

/** Tells whether the list is empty or names the work or its family: `push` stands for `push-1` and `push-4`. */
export function isChosen(only: readonly string[], work: string): boolean {
  return only.length === 0 || only.some((name) => work === name || work.startsWith(`${name}-`))
}

export function formatHelp(works: readonly string[]): string {
  return `npm run bench -- [options]

Runs the same work against Berth, docker-registry, nginx and the peers given, in alternation,
and prints medians, extremes, ratios and goals.

  --only WORK,…              only these works; memory stands for all memory-…
  --rounds N                 how often each work is measured (3)
  --peer NAME[@VERSION]=PROGRAM
                             another peer; NAME is ${PEER_NAMES.join(" or ")}
  --gc-blobs N               blobs in the store of the work gc (1,000,000; quick: 20,000); a peer has a tenth
  --quick                    small sizes and one round: shows that all works, says nothing about speed
  --out DIR                  where the JSON and the chart go (bench/results; a quick run writes none)
  --help

Works: ${works.join(", ")}
All servers run on 127.0.0.1 with their data under TMPDIR; a full run needs 40 GiB there for a while.
`
}

function parsePeer(text: string): Peer {
  const [, name, version, program] = /^([\w-]+)(?:@([^=]+))?=(.+)$/.exec(text) ?? []
  if (name === undefined || program === undefined) throw new Error(`--peer takes NAME=PROGRAM, not ${text}`)
  if (!PEER_NAMES.some((known) => known === name))
    throw new Error(`--peer knows ${PEER_NAMES.join(" and ")}, not ${name}`)
  return { name, program, ...(version !== undefined && { version }) }
}
