import * as fc from "fast-check"
import { restoreManifest, restoreTag, type Restoration } from "./model-undo.ts"
import type { Play } from "./play.ts"
import { REPOSITORIES, TAGS, UNKNOWN } from "./pool.ts"
import type { ModelRepository, State } from "./state.ts"
import { pick } from "./step.ts"

/** Something that is asked by the way of commands, which no client has. */
export interface Undoing {
  check(state: State): boolean
  run(state: State, play: Play): Promise<void>
  toString(): string
}

interface Told {
  manifests: number
  tagCount: number
  kept: string[]
  missing: string[]
}

async function compare({ registry, outcomes, counts }: Play, path: string, expected: Restoration): Promise<void> {
  counts.requests++
  const answer = await registry.command("POST", path, "{}")
  const body = (await answer.json()) as Told
  const { manifests, tagCount: tags, kept, missing } = body
  const got: Restoration =
    answer.status === 200
      ? { status: 200, restored: { manifests, tags, kept: kept.toSorted(), missing: [...new Set(missing)].sort() } }
      : { status: answer.status }
  if (!Bun.deepEquals(got, expected)) {
    throw new Error(
      `${registry.name} differs from the model\nasked ${path}\nmodel ${JSON.stringify(expected)}\n${registry.name} ${JSON.stringify(body)}`,
    )
  }
  const outcome = `restore ${/(tag|manifest|repositorie)s\/[^/]+\/restore$/.exec(path)?.[1]} ${answer.status}`
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
}

function pathOf(repository: string): string {
  return `/api/v1/repositories/${encodeURIComponent(repository)}`
}

/** Mostly what there is to restore; now and then one that is there, or was never. */
const choice = fc.record({
  repository: fc.constantFrom(...REPOSITORIES),
  tag: fc.constantFrom(...TAGS),
  index: fc.nat(40),
})

export const undoArbitraries: fc.Arbitrary<Undoing>[] = [
  choice.map((drawn) => ({
    check: ({ repositories }) => repositories.has(drawn.repository),
    run: async (state, play) => {
      const known = list(state, ({ before }) => [...before].filter(([, was]) => was !== undefined).map(([tag]) => tag))
      const { repository, name: tag } = pickMostly(known, drawn.index) ?? { ...drawn, name: drawn.tag }
      await compare(play, `${pathOf(repository)}/tags/${tag}/restore`, restoreTag(state, repository, tag))
    },
    toString: () => `restore a tag ${JSON.stringify(drawn)}`,
  })),
  choice.map((drawn) => ({
    check: ({ repositories }) => repositories.has(drawn.repository),
    run: async (state, play) => {
      const deleted = list(state, (repository) => repository.deleted.keys())
      const held = state.repositories.get(drawn.repository)?.manifests.keys() ?? []
      const other = { repository: drawn.repository, name: pick([...held, ...UNKNOWN], drawn.index) ?? "" }
      const { repository, name: digest } = pickMostly(deleted, drawn.index) ?? other
      await compare(
        play,
        `${pathOf(repository)}/manifests/${digest}/restore`,
        restoreManifest(state, repository, digest),
      )
    },
    toString: () => `restore a manifest ${JSON.stringify(drawn)}`,
  })),
]

function list({ repositories }: State, names: (repository: ModelRepository) => Iterable<string>) {
  return [...repositories].flatMap(([repository, held]) => [...names(held)].map((name) => ({ repository, name })))
}

function pickMostly<T>(known: readonly T[], index: number): T | undefined {
  return index % 5 === 0 ? undefined : pick(known, index)
}
