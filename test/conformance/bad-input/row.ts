import { expect } from "bun:test"
import { expectError, type Registry, type SendOptions } from "../client.ts"
import { requestText, sendRaw } from "../raw-socket.ts"

/** One row of the table of bad inputs. */
export interface BadInput {
  id: string
  input: string
  /** Fails where the answer is not the expected one. The registry has no authentication; a row that needs one starts its own. */
  check: (registry: Registry) => Promise<void>
  /** A program without which the row cannot be tried. */
  needs?: string
  /** It spends seconds waiting, on a server of its own: such rows wait side by side. */
  waits?: true
}

type Request = [method: string, target: string, options?: SendOptions]

/** Each of the requests is refused with the same status and code. */
export function refuses(status: number, code: string, requests: Request[]): BadInput["check"] {
  return async (registry) => {
    for (const [method, target, options] of requests) {
      await expectError(await registry.send(method, target, options), status, code)
    }
  }
}

/** Sends request targets as they are written, which `fetch` would normalise. */
export function refusesRaw(status: number, code: string, targets: string[]): BadInput["check"] {
  return async (registry) => {
    for (const target of targets) {
      const answer = await sendRaw(registry.url, requestText("GET", target))
      expect({ target, status: answer.status, body: answer.body }).toEqual({
        target,
        status,
        body: expect.stringContaining(code),
      })
      expect(answer.head.toLowerCase()).not.toContain("\nlocation:")
    }
  }
}

export function all(...checks: BadInput["check"][]): BadInput["check"] {
  return async (registry) => {
    for (const check of checks) await check(registry)
  }
}
