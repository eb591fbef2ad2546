import { parseDigest, type Digest } from "../domain/digest.ts"
import { RegistryError } from "../domain/errors.ts"
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../domain/media-type.ts"
import type { Command } from "commander"
import { addOperatorOptions, type OperatorCall, type OperatorOptions } from "./operator.ts"

export interface TruncOptions extends OperatorOptions {
  trunc?: boolean
}

/** Adds the options of a list that has digests. */
export function addTruncOptions(command: Command): Command {
  return addOperatorOptions(command).option(
    "--no-trunc",
    "at a terminal, print digests whole, as they are printed into a pipe",
  )
}

/** Whether digests are shortened: a person sees them, and the table should fit the terminal. */
export function isShort({ deps, options }: OperatorCall<TruncOptions>): boolean {
  return deps.isOutputTerminal === true && options.trunc !== false
}

/** Twelve digits, as docker prints. */
export function shortenDigest(digest: string): string {
  return digest.replace(/^sha(?:256|512):([0-9a-f]{12})[0-9a-f]+$/, "$1")
}

const TYPES: Readonly<Record<string, string>> = {
  [OCI_MANIFEST]: "image",
  [OCI_INDEX]: "index",
  [DOCKER_MANIFEST]: "docker image",
  [DOCKER_LIST]: "docker list",
}

export function shortenType(mediaType: string): string {
  return TYPES[mediaType] ?? mediaType
}

/** As parseDigest, and says where the whole of a shortened one is. */
export function parseWholeDigest(text: string): Digest {
  if (/^(?:sha(?:256|512):)?[0-9a-f]{7,63}$/.test(text))
    throw new RegistryError("DIGEST_INVALID", `${text} is a part of a digest: --no-trunc and --json print all of it`)
  return parseDigest(text)
}
