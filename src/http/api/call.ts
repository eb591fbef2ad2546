import type { OpenAPIHono } from "@hono/zod-openapi"
import { problemSchema } from "../../contract/problem.ts"
import type { RequestContext } from "../../services/request-context.ts"

/** What every handler finds in its context. */
export interface ApiEnvironment {
  Variables: { context: RequestContext }
}

export type Api = OpenAPIHono<ApiEnvironment>

/** The answers that any route may give, for its description. */
export const PROBLEMS = {
  default: {
    description: "The request was refused",
    content: { "application/problem+json": { schema: problemSchema } },
  },
} as const
