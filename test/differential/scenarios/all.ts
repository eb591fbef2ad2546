import type { Scenario } from "../request.ts"
import { blobs } from "./blobs.ts"
import { deletes } from "./deletes.ts"
import { listings } from "./listings.ts"
import { manifests } from "./manifests.ts"
import { names } from "./names.ts"
import { routes } from "./routes.ts"
import { uploads } from "./uploads.ts"

export const everything: readonly Scenario[] = [
  ...routes,
  ...entitled("names", names),
  ...entitled("uploads", uploads),
  ...entitled("blobs", blobs),
  ...entitled("manifests", manifests),
  ...entitled("listings", listings),
  ...entitled("deletes", deletes),
]

function entitled(title: string, group: readonly Scenario[]): Scenario[] {
  return group.map((scenario) => ({ ...scenario, name: `${title}: ${scenario.name}` }))
}
