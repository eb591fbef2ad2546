import type { RepositoryName } from "../../domain/repository-name.ts"
import type { LinkKey, LinkKind } from "../../ports/link-tree.ts"

/**
 * ```
 * docker/registry/v2/repositories/<name>/_layers/<algorithm>/<hex>/link
 * docker/registry/v2/repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link
 * docker/registry/v2/repositories/<name>/_manifests/tags/<tag>/current/link
 * docker/registry/v2/repositories/<name>/_manifests/tags/<tag>/index/<algorithm>/<hex>/link
 * docker/registry/v2/repositories/<name>/_uploads/<id>/
 * ```
 * Each link holds a digest, without a newline. Paths are below the data directory.
 */
export const REPOSITORIES = "docker/registry/v2/repositories"

/** What makes a directory a repository. */
export const REPOSITORY_PARTS: ReadonlySet<string> = new Set(["_layers", "_manifests", "_uploads"])

const DIRECTORIES: Readonly<Record<LinkKind, string>> = {
  tag: "_manifests/tags",
  manifest: "_manifests/revisions",
  blob: "_layers",
}

export function repositoryPath(repository: RepositoryName | ""): string {
  return repository === "" ? REPOSITORIES : `${REPOSITORIES}/${repository}`
}

export function linksPath(repository: RepositoryName, kind: LinkKind): string {
  return `${repositoryPath(repository)}/${DIRECTORIES[kind]}`
}

/** `name` is a tag, or a digest. */
export function linkPath(repository: RepositoryName, { kind, name }: LinkKey): string {
  const directory = linksPath(repository, kind)
  return kind === "tag" ? `${directory}/${name}/current/link` : `${directory}/${name.replace(":", "/")}/link`
}

/** What there is of the link alone: of a tag, its history as well. */
export function linkDirectory(repository: RepositoryName, { kind, name }: LinkKey): string {
  const directory = linksPath(repository, kind)
  return kind === "tag" ? `${directory}/${name}` : `${directory}/${name.replace(":", "/")}`
}

export function historyPath(repository: RepositoryName, tag: string): string {
  return `${linksPath(repository, "tag")}/${tag}/index`
}

export function uploadsPath(repository: RepositoryName): string {
  return `${repositoryPath(repository)}/_uploads`
}
