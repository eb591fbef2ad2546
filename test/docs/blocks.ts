/** A fenced block of a page. Its info string is a language and words, as in "sh test stopped" or "yaml config.yml". */
export interface Block {
  language: string
  words: string[]
  text: string
}

const FENCE = /^```(\w*)([^\n]*)\n(.*?)^```$/gms

export function listBlocks(page: string): Block[] {
  return [...page.matchAll(FENCE)].map(([, language = "", info = "", text = ""]) => ({
    language,
    words: info.split(" ").filter(Boolean),
    text: text.trim(),
  }))
}

export function isCommand({ language }: Block): boolean {
  return language === "sh"
}

/** Whether it starts the server, which then runs until a later block needs it stopped or starts another. */
export function isStart({ text }: Block): boolean {
  return text.startsWith("npm start")
}

const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  docker: ["docker", "dockerd", "setpriv", "root privileges"],
  podman: ["podman", "runc", "root privileges"],
  skopeo: ["skopeo"],
  curl: ["curl"],
  openssl: ["openssl"],
  htpasswd: ["htpasswd"],
  npm: ["npm"],
}

/** The programs that its commands need, as `requirePrograms` takes them. */
export function listPrograms({ text }: Block): string[] {
  const first = new Set(text.split("\n").map((line) => line.trim().split(" ")[0] ?? ""))
  return Object.entries(CLIENTS).flatMap(([name, programs]) => (first.has(name) ? programs : []))
}

export function mentions({ text }: Block, client: string): boolean {
  return new RegExp(`^${client} `, "m").test(text)
}

/** What the page says that the commands print: "sh test prints 401". */
export function findExpected({ words }: Block): string | undefined {
  const at = words.indexOf("prints")
  return at < 0 ? undefined : words.slice(at + 1).join(" ")
}
