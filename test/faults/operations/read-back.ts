import type { Turn } from "../turn.ts"
import { listDue, verifyPlace } from "../verify.ts"

/** What was acknowledged is what is read at once, not only after a kill. */
export async function readBack({ client, random, repository }: Turn): Promise<void> {
  const due = random.pick(listDue(repository))
  if (due !== undefined) await verifyPlace(client, repository, due)
}
