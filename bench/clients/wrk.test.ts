import { expect, test } from "bun:test"
import { parseWrk } from "./wrk.ts"

const REPORT = `Running 2s test @ http://127.0.0.1:5991/v2/a/manifests/latest
  2 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   717.04us    0.90ms  10.37ms   88.54%
    Req/Sec    31.08k     3.50k   37.90k    71.43%
  Latency Distribution
     50%  418.00us
     75%  786.00us
     90%    1.77ms
     99%    4.28ms
  129887 requests in 2.10s, 215.53MB read
Requests/sec:  61807.95
Transfer/sec:    102.56MB
`

test("a report gives the rate and two latencies in milliseconds", () => {
  expect(parseWrk(REPORT)).toEqual({ requestsPerSecond: 61_807.95, p50Ms: 0.418, p99Ms: 4.28 })
})

test("a report with refused requests is an error, so that a broken server does not win", () => {
  expect(() => parseWrk(`${REPORT}  Non-2xx or 3xx responses: 12\n`)).toThrow("Non-2xx")
  expect(() => parseWrk(`${REPORT}  Socket errors: connect 0, read 3, write 0, timeout 0\n`)).toThrow("Socket errors")
})
