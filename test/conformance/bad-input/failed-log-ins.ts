import { expect } from "bun:test"
import { htpasswdLine, startProtected } from "../htpasswd.ts"
import { requestText, sendRaw, type RawAnswer } from "../raw-socket.ts"
import type { BadInput } from "./row.ts"

const [ATTACKER, ELSEWHERE] = ["127.0.0.1", "127.0.0.2"]
const PERMITTED = 100

export const failedLogIns: BadInput[] = [
  {
    id: "B64",
    input: "a hundred failed log-ins in a minute, for one user from one address",
    check: async () => {
      const lines = await Promise.all(["alice", "bob", "carol"].map((user) => htpasswdLine(user, "right")))
      await using server = await startProtected(lines.join(""))
      const logIn = (user: string, password: string, from: string): Promise<RawAnswer> => {
        const headers = [`Authorization: Basic ${btoa(`${user}:${password}`)}`]
        return sendRaw(server.berth.url, requestText("GET", "/v2/", headers), from)
      }
      expect((await logIn("bob", "right", ATTACKER)).status).toBe(200)
      for (let failure = 0; failure < PERMITTED; failure++) {
        expect((await logIn("alice", `wrong${failure}`, ATTACKER)).status).toBe(401)
      }
      // The user is locked wherever the log-in comes from, and the address whatever user it names.
      expectLocked(await logIn("alice", "wrong", ATTACKER))
      expectLocked(await logIn("alice", "right", ELSEWHERE))
      expectLocked(await logIn("carol", "right", ATTACKER))
      expect((await logIn("carol", "right", ELSEWHERE)).status).toBe(200)
      // Whoever had logged in from there before goes on.
      expect((await logIn("bob", "right", ATTACKER)).status).toBe(200)
    },
  },
]

function expectLocked({ status, head, body }: RawAnswer): void {
  expect({ status, body }).toEqual({ status: 429, body: expect.stringContaining("TOOMANYREQUESTS") })
  const seconds = Number(/^retry-after: (\d+)$/im.exec(head)?.[1])
  expect(seconds).toBeWithin(1, 61)
}
