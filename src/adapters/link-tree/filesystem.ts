import { dirname } from "node:path"
import type { Problem } from "../../domain/adoption.ts"
import { isDigest } from "../../domain/digest.ts"
import { isRepositoryName, type RepositoryName } from "../../domain/repository-name.ts"
import type { Files } from "../../ports/files.ts"
import type { LinkKey, LinkState, LinkTree, TagMove, TreeEntry } from "../../ports/link-tree.ts"
import {
  historyPath,
  linkDirectory,
  linkPath,
  linksPath,
  REPOSITORIES,
  REPOSITORY_PARTS,
  repositoryPath,
  uploadsPath,
} from "./layout.ts"
import { createLister, describeError, keepDirectories } from "./listing.ts"
import { createLinkWriter } from "./link-writer.ts"

/** A digest has at most 135 bytes; some tools end the file with a newline. */
const MAX_LINK_BYTES = 256

/** Of a tag, the newest. */
const MAX_MOVES = 5_000

/** The links below a data directory. No symbolic link is followed below the directory. */
export function createFilesystemLinkTree(files: Files, root: string): LinkTree {
  const lister = createLister(files, root)
  const writer = createLinkWriter(files, root)

  async function readLink(path: string): Promise<LinkState> {
    const damaged = (kind: Problem["kind"], detail?: string): LinkState => ({
      is: "damaged",
      problem: { kind, path, ...(detail !== undefined && { detail }) },
    })
    try {
      const found = await files.findContent(`${root}/${path}`, MAX_LINK_BYTES)
      if (found === undefined) return { is: "absent" }
      if (found.sizeBytes === 0) return damaged("link-empty")
      const digest = new TextDecoder().decode(found.bytes).trim()
      if (!isDigest(digest)) return damaged("link-damaged", `${found.sizeBytes} bytes`)
      return { is: "link", digest, changedAt: found.modifiedAt }
    } catch (error) {
      // A file in the place of a directory.
      if (describeError(error) === "ENOTDIR") return { is: "absent" }
      return damaged("unreadable", describeError(error))
    }
  }

  async function* walkBelow(parent: RepositoryName | ""): AsyncGenerator<TreeEntry> {
    const path = repositoryPath(parent)
    const problems: Problem[] = []
    const found = (await lister.entries(path, problems)) ?? []
    const isRepository = found.some(({ name }) => REPOSITORY_PARTS.has(name))
    if (isRepository && parent !== "") yield { is: "repository", name: parent }
    const directories = keepDirectories(path, {
      found: found.filter(({ name }) => !REPOSITORY_PARTS.has(name)),
      problems,
    })
    for (const problem of problems) yield { is: "problem", problem }
    for (const directory of directories) {
      const name = parent === "" ? directory : `${parent}/${directory}`
      if (isRepositoryName(name)) yield* walkBelow(name)
      else yield { is: "problem", problem: { kind: "name-invalid", path: `${path}/${directory}` } }
    }
  }

  /**
   * distribution deletes the link of a digest, or the whole directory of a tag, never what is above: a link that is missing
   * in another way was lost, as on a disk that was half restored.
   */
  async function isLost(repository: RepositoryName, key: LinkKey): Promise<boolean> {
    const directory = linkDirectory(repository, key)
    if (key.kind === "tag" && (await exists(directory))) return true
    return !(await exists(dirname(directory)))
  }

  const exists = async (path: string) => (await files.findSize(`${root}/${path}`).catch(() => undefined)) !== undefined

  return {
    exists: async () => (await files.findSize(`${root}/${REPOSITORIES}`)) !== undefined,
    walk: () => walkBelow(""),
    list: (repository, kind) => lister.links(linksPath(repository, kind), kind),
    read: async (repository, key) => {
      const state = await readLink(linkPath(repository, key))
      if (state.is === "absent" && (await isLost(repository, key))) {
        return { is: "damaged", problem: { kind: "link-lost", path: linkPath(repository, key) } }
      }
      if (state.is !== "link" || key.kind === "tag" || state.digest === key.name) return state
      const path = linkPath(repository, key)
      return { is: "damaged", problem: { kind: "link-damaged", path, detail: `it names ${state.digest}` } }
    },
    listHistory: async (repository, tag) => {
      const directory = historyPath(repository, tag)
      const { names } = await lister.links(directory, "manifest")
      const moves: TagMove[] = []
      for (const name of names) {
        const state = await readLink(`${directory}/${name.replace(":", "/")}/link`)
        if (state.is === "link") moves.push({ digest: state.digest, at: state.changedAt })
      }
      return moves.sort((a, b) => a.at - b.at).slice(-MAX_MOVES)
    },
    countUploads: async (repository) => {
      const found = await lister.entries(uploadsPath(repository), [])
      return found?.filter(({ kind }) => kind === "directory").length ?? 0
    },
    describe: linkPath,
    write: (repository, key, digest) => writer.write(linkPath(repository, key), digest),
    writeHistory: (repository, tag, digest) => {
      return writer.write(`${historyPath(repository, tag)}/${digest.replace(":", "/")}/link`, digest)
    },
    remove: (repository, key) => writer.remove(linkDirectory(repository, key)),
    removeRepository: (repository) => writer.removeEmpty(repositoryPath(repository), REPOSITORIES),
  }
}
