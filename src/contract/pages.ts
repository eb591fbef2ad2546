import { z } from "@hono/zod-openapi"

const LARGEST_PAGE = 1000
const USUAL_PAGE = 100

/** A part of a listing in byte order. To go on, ask for what comes after `next`. */
export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(USUAL_PAGE),
  after: z.string().max(300).optional().openapi({ description: "only entries that come after this one" }),
})

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().optional().openapi({ description: "`after` of the next page; absent on the last" }),
  })
}

export interface ListPage<Item> {
  items: Item[]
  next?: string | undefined
}
