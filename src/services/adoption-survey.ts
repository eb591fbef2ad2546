import type { Problem } from "../domain/adoption.ts"
import type { Digest } from "../domain/digest.ts"
import type { RepositoryName } from "../domain/repository-name.ts"
import type { LinkKind, LinkTree } from "../ports/link-tree.ts"
import type { Pause } from "../ports/pause.ts"
import { chunksOf, forEachAtOnce } from "./steps.ts"

export interface SurveyedLink {
  digest: Digest
  changedAt: number
}

/** The links of one kind that a repository has. */
export interface Survey {
  /** By name: a tag, or a digest. */
  links: ReadonlyMap<string, SurveyedLink>
  problems: Problem[]
  /** Names that are listed and have no link, or a damaged one. */
  skipped: number
  /** Whether it is certain that there is no such link. What could not be read may be there. */
  isAbsent: (name: string) => boolean
  /** Whether the directory that would have it is missing. */
  isLost: (name: string) => boolean
}

/** Files that are read at once. */
const WIDTH = 8
const CHUNK = 64

/** A directory whose link was deleted stays behind: only reading the link tells whether it is there. */
export async function surveyLinks(
  tree: LinkTree,
  { repository, kind, run }: { repository: RepositoryName; kind: LinkKind; run: { signal: AbortSignal; pause: Pause } },
): Promise<Survey> {
  const { names, problems, isListed } = await tree.list(repository, kind)
  const isUnreadable = problems.some((problem) => problem.kind === "unreadable")
  const links = new Map<string, SurveyedLink>()
  const damaged = new Set<string>()
  const read = async (name: string) => {
    const link = await tree.read(repository, { kind, name })
    if (link.is === "link") links.set(name, { digest: link.digest, changedAt: link.changedAt })
    if (link.is !== "damaged") return
    damaged.add(name)
    problems.push(link.problem)
  }
  for (const chunk of chunksOf(names, CHUNK)) {
    run.signal.throwIfAborted()
    await forEachAtOnce(chunk, WIDTH, read)
    // Files that are in the system's memory are read so quickly that no request would have its turn.
    await run.pause()
  }
  return {
    links,
    problems,
    skipped: names.length - links.size,
    isAbsent: (name) => isListed(name) && !links.has(name) && !damaged.has(name),
    isLost: (name) => !isUnreadable && !isListed(name) && !links.has(name) && !damaged.has(name),
  }
}
