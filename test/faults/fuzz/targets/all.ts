import type { Target } from "../target.ts"
import { config } from "./config.ts"
import { credentials } from "./credentials.ts"
import { events } from "./events.ts"
import { forwarding } from "./forwarding.ts"
import { links } from "./links.ts"
import { manifests } from "./manifests.ts"
import { names } from "./names.ts"
import { ranges } from "./ranges.ts"
import { openRequestTargets } from "./requests.ts"
import { openTokenTargets } from "./tokens.ts"

/** Every target of the fuzzing, the cheap ones and those that need something open. */
export async function openTargets(): Promise<{ targets: Target[]; close(): Promise<void> }> {
  const requests = await openRequestTargets()
  const tokens = await openTokenTargets()
  const targets = [
    names,
    ranges,
    manifests,
    forwarding,
    credentials,
    tokens,
    events,
    links,
    config,
    requests.targets,
  ].flat()
  return { targets, close: () => requests.close() }
}
