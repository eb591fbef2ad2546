import { expect, test } from "bun:test"
import { isNetwork } from "./network-address.ts"

test.each([
  "10.0.0.1",
  "0.0.0.0/0",
  "192.168.1.0/24",
  "255.255.255.255/32",
  "::1",
  "fd00::/8",
  "::ffff:10.0.0.1",
  "::/0",
])("%p is an address or a network", (text) => expect(isNetwork(text)).toBe(true))

test.each([
  "",
  "10.0.0",
  "10.0.0.1.",
  "10.0.0.256",
  "010.0.0.1",
  "10.0.0.1/33",
  "10.0.0.1/",
  "fd00::/129",
  ":::",
  "a",
  "localhost",
  "[::1]",
  "::1%eth0",
  "10.0.0.1:80",
])("%p is neither", (text) => expect(isNetwork(text)).toBe(false))
