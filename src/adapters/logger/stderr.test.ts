import { expect, test } from "bun:test"
import { createLogger, type LoggerOptions } from "./stderr.ts"

function logInto(options: Partial<LoggerOptions>) {
  let written = ""
  const log = createLogger({
    level: "debug",
    formatter: "text",
    write: (bytes) => {
      written += Buffer.from(bytes).toString()
      return bytes.byteLength
    },
    ...options,
  })
  const lines = () => {
    log.flush()
    return written.split("\n").slice(0, -1)
  }
  return { log, lines, written: () => written }
}

test("text lines have the form of distribution's", () => {
  const { log, lines } = logInto({ fields: { service: "registry" } })
  log.info("listening", { port: 5000, host: "127.0.0.1", tls: false, note: "two words" })
  log.warn("careful")
  const [first, second] = lines()
  expect(first).toMatch(/^time="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z" level=info msg="listening" /)
  expect(first).toEndWith('service=registry port=5000 host=127.0.0.1 tls=false note="two words"')
  expect(second).toEndWith('level=warning msg="careful" service=registry')
})

test("JSON lines hold the same", () => {
  const { log, lines } = logInto({ formatter: "json", fields: { service: "registry" } })
  log.error("failed", { count: 2, error: new Error("why") })
  const entry: unknown = JSON.parse(lines()[0] ?? "")
  expect(entry).toMatchObject({ level: "error", msg: "failed", service: "registry", count: 2 })
  expect(entry).toHaveProperty("error", expect.stringContaining("Error: why\n"))
})

test("lines for Logstash have its timestamp, version and message, and keep a field of the same name apart", () => {
  const { log, lines } = logInto({ formatter: "logstash", fields: { service: "registry" } })
  log.warn("careful", { count: 2, message: "a field" })
  const entry: unknown = JSON.parse(lines()[0] ?? "")
  expect(entry).toEqual({
    "@timestamp": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    "@version": "1",
    level: "warning",
    message: "careful",
    "fields.message": "a field",
    service: "registry",
    count: 2,
  })
})

test("a JSON line keeps a field that has the name of its level apart", () => {
  const { log, lines } = logInto({ formatter: "json" })
  log.info("a", { level: "x", msg: "y" })
  expect(JSON.parse(lines()[0] ?? "")).toMatchObject({
    level: "info",
    msg: "a",
    "fields.level": "x",
    "fields.msg": "y",
  })
})

test("the level can be changed while the server runs", () => {
  const { log, lines } = logInto({ level: "warn" })
  log.info("1")
  log.setLevel("debug")
  log.debug("2")
  expect(log.writes("debug")).toBe(true)
  log.setLevel("error")
  log.warn("3")
  expect(log.writes("warn")).toBe(false)
  expect(lines().map((line) => / msg="(.)"/.exec(line)?.[1])).toEqual(["2"])
})

test("a level leaves out what is below it", () => {
  const { log, lines } = logInto({ level: "warn" })
  log.debug("1")
  log.info("2")
  log.warn("3")
  log.error("4")
  expect(lines().map((line) => / msg="(.)"/.exec(line)?.[1])).toEqual(["3", "4"])
})

test.each(["text", "json", "logstash"] as const)(
  "what a caller sends can neither begin a %s line nor command a terminal",
  (formatter) => {
    const { log, lines } = logInto({ formatter })
    log.info('x" level=error\nmsg', { "a b\n=": "\u001b[2J\u009b2J\r\nlevel=error\u2028" })
    expect(lines()).toHaveLength(1)
    // oxlint-disable-next-line no-control-regex
    expect(lines()[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/)
  },
)

test("warnings and errors are written at once, with what came before them", () => {
  const { log, written } = logInto({})
  log.info("first")
  expect(written()).toBe("")
  log.error("second")
  expect(written().match(/msg="\w+"/g)).toEqual(['msg="first"', 'msg="second"'])
})

test("other lines are written in the same turn of the event loop", async () => {
  const { log, written } = logInto({})
  log.info("only")
  await Bun.sleep(1)
  expect(written()).toContain("only")
})
