import { afterEach, beforeEach } from "bun:test"
import type { RepositoryName } from "../../domain/repository-name.ts"
import { createManualClock, newRepository, type OpenMetadata } from "./fixture.contract.ts"
import type { Metadata } from "./metadata.ts"

/** An empty store on a clock that the test moves, and a repository. */
export interface Scene {
  metadata: Metadata
  clock: ReturnType<typeof createManualClock>
  repository: RepositoryName
}

/** Gives each test of the group a scene of its own. */
export function openForEach(open: OpenMetadata, use: (scene: Scene) => void): void {
  let metadata: Metadata
  beforeEach(async () => {
    const clock = createManualClock()
    metadata = await open(clock)
    use({ metadata, clock, repository: newRepository() })
  })
  afterEach(() => metadata.close())
}
