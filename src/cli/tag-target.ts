import { RegistryError } from "../domain/errors.ts"
import { parseRepositoryName, type RepositoryName } from "../domain/repository-name.ts"
import { parseTag, type Tag } from "../domain/tag.ts"

/** One tag, as it is written for a command. */
export interface Target {
  repository: RepositoryName
  tag: Tag
}

/** Throws NAME_INVALID and TAG_INVALID. */
export function parseTarget(target: string): Target {
  const end = target.lastIndexOf(":")
  if (end < 0) throw new RegistryError("TAG_INVALID", `${target} names no tag: write REPOSITORY:TAG`)
  return { repository: parseRepositoryName(target.slice(0, end)), tag: parseTag(target.slice(end + 1)) }
}
