/**
 * Runs the benchmarks and writes what they report into `docs/performance.md`, between its markers, and the picture
 * beside it:
 *
 *     node bench/all.mjs [--only small,few,smallTls,mirror,line,listing,removal,bytes,bytesTls] [--rounds N] [--folder DIR]
 *     node bench/all.mjs --only line,mirrorLine --server SERVER --clients CLIENT --address 10.0.0.2
 *     node bench/all.mjs --only bytes --before LAUNCHER
 *
 * Without `--rounds` each has as many as it has by itself. The second one measures a line that is there already: see `line.mjs`. The
 * third one has another build beside: see `bytePath.mjs`. To be run on a machine that does nothing else: each section says how busy
 * it was. The picture is drawn anew after each section, so that what is measured is kept if a later one fails.
 */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { cpus, loadavg } from "node:os"
import { fileURLToPath } from "node:url"
import { optionsOf } from "./options.mjs"
import { draw, groupsOf } from "./picture.mjs"
import { run } from "./program.mjs"
import { say } from "./stage.mjs"

const page = fileURLToPath(new URL("../docs/performance.md", import.meta.url))
const picture = fileURLToPath(new URL("../docs/performance.svg", import.meta.url))

/** What is drawn: a section, and how its bars are called. */
const DRAWN = /** @type {const} */ ([
  ["small", "loopback, 10000 files of 1 to 8 KiB"],
  ["smallTls", "2000 files over TLS"],
  ["line", "50 ms, 100 Mbit/s"]
])

/** @type {Readonly<Record<string, readonly [script: string, ...args: Array<string>]>>} */
const SECTIONS = {
  small: ["smallFiles.mjs", "--files", "10000", "--slow-rounds", "1"],
  few: ["smallFiles.mjs", "--parallel", "4"],
  smallTls: ["smallFiles.mjs", "--tls"],
  mirror: ["mirror.mjs"],
  line: ["line.mjs", "--rows", "1,2,3,4,5,6"],
  mirrorLine: ["mirror.mjs", "--files", "500", "--rounds", "3"],
  listing: ["listing.mjs"],
  removal: ["removal.mjs"],
  bytes: ["bytePath.mjs"],
  bytesTls: ["bytePath.mjs", "--tls"]
}

/** Sections over a line. */
const ON_LINE = new Set(["line", "mirrorLine"])

const main = async () => {
  const { address, before, clients, folder, only, rounds, server } = optionsOf({
    numbers: {},
    words: ["only", "rounds", "server", "clients", "address", "before"]
  })
  // It makes no line by itself.
  const all = Object.keys(SECTIONS).filter((name) => name !== "mirrorLine" || clients !== undefined)
  const more = [...(rounds === undefined ? [] : ["--rounds", rounds]), "--folder", folder]
  for (const name of only?.split(",") ?? all) {
    const section = SECTIONS[name]
    if (section === undefined) throw new Error(`--only takes some of ${Object.keys(SECTIONS).join(", ")}, not ${name}`)
    const [script, ...args] = section
    const line =
      ON_LINE.has(name) && clients !== undefined && address !== undefined
        ? ["--clients", clients, "--address", address]
        : []
    const build = script === "bytePath.mjs" && before !== undefined ? ["--before", before] : []
    const program = [process.execPath, fileURLToPath(new URL(script, import.meta.url)), ...args, ...line, ...build]
    const inside = line.length > 0 && server !== undefined ? ["ip", "netns", "exec", server] : []
    say(`${name}: ${script}`)
    put(name, report([...inside, ...program, ...more]))
    const text = readFileSync(page, "utf8")
    writeFileSync(picture, draw(DRAWN.flatMap(([name, title]) => groupsOf(between(text, name), title))))
  }
}

/** What a benchmark prints, with its date and what else the machine did. @param {ReadonlyArray<string>} command */
const report = ([program = "", ...args]) => {
  const before = busy()
  const ran = spawnSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })
  if (ran.status !== 0) throw new Error(`${args.join(" ")} ended with ${ran.status ?? ran.signal}`)
  const date = new Date().toISOString().slice(0, "2025-01-31".length)
  const [head = "", ...rest] = ran.stdout.trim().split("\n")
  const machine = `${cpus().length} processors; load ${before} before, ${busy()} after`
  return [`${date}. ${head}`, `${machine}.`, ...rest].join("\n")
}

/** Processes that wanted a processor, on average. */
const busy = () => (loadavg()[0] ?? 0).toFixed(1)

/** @param {string} name */
const marks = (name) => [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`]

/** @param {string} text @param {string} name */
const between = (text, name) => {
  const [begin = "", end = ""] = marks(name)
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`)
  return text.slice(from + begin.length, to)
}

/** @param {string} name @param {string} content */
const put = (name, content) => {
  const text = readFileSync(page, "utf8")
  const [begin = "", end = ""] = marks(name)
  const old = `${begin}${between(text, name)}${end}`
  // Of a string, "$" in what replaces it would have a meaning.
  writeFileSync(
    page,
    text.replace(old, () => `${begin}\n${content}\n\n${end}`)
  )
}

await run(main)
