import type { Problem, ProblemKind } from "../../domain/adoption.ts"
import { isDigest, isDigestAlgorithm } from "../../domain/digest.ts"
import { isTag } from "../../domain/tag.ts"
import type { DirectoryEntry, Files } from "../../ports/files.ts"
import type { LinkKind, LinkListing } from "../../ports/link-tree.ts"

/** Lists directories below the data directory; what cannot be listed is a problem of the listing, not an error. */
export interface Lister {
  links(directory: string, kind: LinkKind): Promise<LinkListing>
  /** `undefined` where it could not be listed, or is not there. */
  entries(directory: string, problems: Problem[]): Promise<DirectoryEntry[] | undefined>
}

export function createLister(files: Files, root: string): Lister {
  async function entries(directory: string, problems: Problem[]): Promise<DirectoryEntry[] | undefined> {
    try {
      return await files.list(`${root}/${directory}`)
    } catch (error) {
      problems.push({ kind: "unreadable", path: directory, detail: describeError(error) })
      return undefined
    }
  }

  async function tags(directory: string): Promise<LinkListing> {
    const problems: Problem[] = []
    const found = await entries(directory, problems)
    const names = keepDirectories(directory, { found: found ?? [], problems })
    return {
      names: sift(names, isTag, (name) => problems.push({ kind: "tag-invalid", path: `${directory}/${name}` })),
      problems,
      isListed: () => found !== undefined,
    }
  }

  async function digests(directory: string): Promise<LinkListing> {
    const problems: Problem[] = []
    const found = await entries(directory, problems)
    const listed = new Set<string>()
    const names: string[] = []
    for (const algorithm of keepDirectories(directory, { found: found ?? [], problems })) {
      const path = `${directory}/${algorithm}`
      const below = isDigestAlgorithm(algorithm) ? await entries(path, problems) : []
      if (below !== undefined) listed.add(algorithm)
      if (!isDigestAlgorithm(algorithm)) problems.push({ kind: "stray", path })
      const hexes = keepDirectories(path, { found: below ?? [], problems })
      const isHex = (hex: string) => isDigest(`${algorithm}:${hex}`)
      const good = sift(hexes, isHex, (hex) => problems.push({ kind: "stray", path: `${path}/${hex}` }))
      for (const hex of good) names.push(`${algorithm}:${hex}`)
    }
    return { names, problems, isListed: (name) => listed.has(name.slice(0, name.indexOf(":"))) }
  }

  return { entries, links: (directory, kind) => (kind === "tag" ? tags(directory) : digests(directory)) }
}

/** Files and symbolic links have no place among directories. */
export function keepDirectories(
  directory: string,
  { found, problems }: { found: DirectoryEntry[]; problems: Problem[] },
): string[] {
  return found.flatMap(({ name, kind }) => {
    if (kind === "directory") return [name]
    const problem: ProblemKind = kind === "file" ? "stray" : "symlink"
    problems.push({ kind: problem, path: `${directory}/${name}` })
    return []
  })
}

function sift(names: string[], isGood: (name: string) => boolean, onBad: (name: string) => void): string[] {
  return names.filter((name) => {
    if (isGood(name)) return true
    onBad(name)
    return false
  })
}

export function describeError(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code)
  return error instanceof Error ? error.message : String(error)
}
