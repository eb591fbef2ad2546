import { OURS, findAdvantage, formatNumber } from "./comparison.ts"
import { formatMachine } from "./machine.ts"
import type { Metric } from "./results.ts"
import type { Report } from "./report.ts"

const WIDTH = 900
const LEFT = 330
const RIGHT = 70
const TOP = 96
const BAR = 13
const GAP = 16

// Readable on white and on near-black alike; only text and lines change with the scheme.
const COLOURS = ["#2f7ed8", "#e07b39", "#3aa76d", "#a05fc4", "#c9a227"]
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 17px; font-weight: 600 }
  .small { font-size: 11px; fill: #57606a }
  .line { stroke: #d0d7de }
  .even { stroke: #57606a; stroke-dasharray: 4 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .line { stroke: #30363d }
    .even { stroke: #9198a1 }
  }`

interface Scale {
  ticks: number[]
  getX(value: number): number
}

interface Row {
  label: string
  bars: { peer: number; advantage: number }[]
}

/** Draws how many times better Berth is than each peer, on a logarithmic scale; bars to the left of 1× are peers that are better. */
export function formatChart({
  startedAt,
  machine,
  works,
  results,
}: Pick<Report, "startedAt" | "machine" | "works" | "results">): string {
  const peers = results.servers.filter((name) => name !== OURS)
  const toBars = (metric: Metric) =>
    peers.flatMap((name, peer) => {
      const advantage = findAdvantage(results, metric, name)
      return advantage === undefined ? [] : [{ peer, advantage }]
    })
  const metrics = works.flatMap((work) => work.metrics).filter((metric) => metric.isDetail !== true)
  const rows = metrics
    .map((metric) => ({ label: metric.label, bars: toBars(metric) }))
    .filter((row) => row.bars.length > 0)
  const scale = createScale(rows.flatMap(({ bars }) => bars.map(({ advantage }) => advantage)))
  let y = TOP + 10
  const drawn = rows.map((row) => {
    const text = drawRow(row, y, scale)
    y += row.bars.length * BAR + GAP
    return text
  })
  const legend = peers.map((name, index) => {
    const x = 20 + index * 150
    return `<rect x="${x}" y="62" width="12" height="12" rx="2" fill="${getColour(index)}"/><text x="${x + 18}" y="72">${escapeXml(name)}</text>`
  })
  const [about = ""] = formatMachine(machine).split("\n")
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" role="img" aria-label="Berth compared with other registries">
<style>${STYLE}
</style>
<text class="title" x="20" y="28">How many times better Berth is than …</text>
<text class="small" x="20" y="47">${escapeXml(`${startedAt.toISOString().slice(0, 10)}, ${about}`)}</text>
${legend.join("\n")}
${scale.ticks.map((tick) => drawTick(tick, scale.getX(tick), y)).join("\n")}
${drawn.join("\n")}
</svg>
`
}

function drawRow({ label, bars }: Row, y: number, scale: Scale): string {
  const middle = y + (bars.length * BAR) / 2 + 4
  const drawn = bars.map(({ peer, advantage }, index) => {
    const at = y + index * BAR
    const [from, to] = [scale.getX(1), scale.getX(advantage)].sort((a, b) => a - b) as [number, number]
    const rect = `<rect x="${round(from)}" y="${at}" width="${round(Math.max(1, to - from))}" height="${BAR - 2}" rx="2" fill="${getColour(peer)}"/>`
    return `${rect}<text class="small" x="${round(to + 5)}" y="${at + 9}">${formatNumber(advantage)}×</text>`
  })
  return `<text x="${LEFT - 12}" y="${middle}" text-anchor="end">${escapeXml(label)}</text>${drawn.join("")}`
}

function drawTick(tick: number, x: number, bottom: number): string {
  const line = `<line class="${tick === 1 ? "even" : "line"}" x1="${round(x)}" y1="${TOP}" x2="${round(x)}" y2="${bottom}"/>`
  return `${line}<text class="small" x="${round(x)}" y="${TOP - 6}" text-anchor="middle">${tick}×</text>`
}

function createScale(values: readonly number[]): Scale {
  const all = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
  const low = all.findLast((tick) => tick <= Math.min(0.5, ...values)) ?? 0.1
  const high = all.find((tick) => tick >= Math.max(2, ...values)) ?? 1000
  const width = WIDTH - LEFT - RIGHT
  const getX = (value: number) => {
    const within = Math.min(high, Math.max(low, value))
    return LEFT + (width * Math.log(within / low)) / Math.log(high / low)
  }
  return { ticks: all.filter((tick) => tick >= low && tick <= high), getX }
}

function getColour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? "#888888"
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")
}
