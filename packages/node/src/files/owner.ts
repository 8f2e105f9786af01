/**
 * Which process owns a lock, as text, and whether that process still runs.
 *
 *     the same boot and PID namespace      its PID and start time decide, and whether it is a zombie
 *     an earlier boot of this machine      it has ended
 *     another machine, another container   unknown
 *
 * A host name does not identify a machine: containers and cloned machines share them.
 */
import { randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import { hostname } from "node:os"
import type { Verdict } from "./lock.ts"

interface Owner {
  readonly pid: number
  /** When the process was started, in ticks since the boot: a PID is given to another process later. */
  readonly start: string
  readonly boot: string
  /** The PID namespace: a PID means nothing outside of it. */
  readonly namespace: string
  readonly machine: string
  readonly host: string
}

/** Stands for what the system does not report. */
const UNKNOWN = "-"

/** A text that no other claim has: of this process, but not of another claim of it. */
export const makeText = async (): Promise<string> => {
  const { boot, host, machine, namespace, pid, start } = await self()
  return ["ftp-effect", randomUUID(), pid, start, boot, namespace, machine, host].join(" ")
}

export const verdict = async (text: string): Promise<Verdict> => {
  const owner = parse(text)
  if (owner === undefined) {
    return "Unknown"
  }
  const me = await self()
  const isHere = owner.boot === me.boot && owner.namespace === me.namespace
  if (isHere && (me.boot !== UNKNOWN || owner.host === me.host)) {
    return (await isRunning(owner)) ? "Alive" : "Ended"
  }
  const isThisMachine = owner.machine !== UNKNOWN && owner.machine === me.machine && owner.host === me.host
  return isThisMachine && owner.boot !== me.boot ? "Ended" : "Unknown"
}

/** For errors. */
export const describe = (text: string): string => {
  const owner = parse(text)
  return owner === undefined ? "another process" : `process ${owner.pid} on ${owner.host}`
}

const parse = (text: string): Owner | undefined => {
  const [, pid, start, boot, namespace, machine, host] =
    /^ftp-effect \S+ (\d+) (\S+) (\S+) (\S+) (\S+) (.+)$/.exec(text) ?? []
  return pid === undefined ||
    start === undefined ||
    boot === undefined ||
    namespace === undefined ||
    machine === undefined ||
    host === undefined
    ? undefined
    : { pid: Number(pid), start, boot, namespace, machine, host }
}

const isRunning = async ({ pid, start }: Owner): Promise<boolean> => {
  if (!exists(pid)) {
    return false
  }
  const now = await statOf(pid)
  if (now === undefined) {
    // The system may hide the processes of other users (hidepid).
    return true
  }
  return now.start === start && !HAS_ENDED.has(now.state)
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

let known: Promise<Owner> | undefined
const self = (): Promise<Owner> => {
  known ??= Promise.all([
    statOf(process.pid),
    Fs.readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => ""),
    Fs.readlink("/proc/self/ns/pid").catch(() => ""),
    Fs.readFile("/etc/machine-id", "utf8").catch(() => "")
  ]).then(([stat, boot, namespace, machine]) => ({
    pid: process.pid,
    start: stat?.start ?? UNKNOWN,
    boot: boot.trim() || UNKNOWN,
    namespace: namespace || UNKNOWN,
    machine: machine.trim() || UNKNOWN,
    host: hostname()
  }))
  return known
}

/**
 * Zombies and the dead: a PID stays until the parent has asked how its process ended, which the first process of a
 * container may never do.
 */
const HAS_ENDED: ReadonlySet<string> = new Set(["Z", "X", "x"])

/** The position of the start time among the fields of /proc/PID/stat that follow the name, which may have spaces. */
const START_FIELD = 19

interface Stat {
  /** One letter, as ps shows it. */
  readonly state: string
  readonly start: string
}

/** `undefined` if the system does not report it. */
const statOf = async (pid: number): Promise<Stat | undefined> => {
  const stat = await Fs.readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  const [state] = fields
  const start = fields[START_FIELD]
  return state === undefined || start === undefined ? undefined : { state, start }
}
