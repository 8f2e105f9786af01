/** The commands that a client sends, from vsftpd's own log of the dialogue. */
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { onStage } from "./stage.mjs"

/**
 * Plays on a stage whose vsftpd logs. `commands` gives the verbs of all commands so far.
 *
 * @param {Parameters<typeof onStage>[0]} options
 * @param {(stage: import("./stage.mjs").Stage, commands: () => ReadonlyArray<string>) => Promise<void>} play
 */
export const onLoggedStage = async (options, play) => {
  const logFolder = join(options.folder, `ftp-effect-bench-log-${process.pid}`)
  const log = join(logFolder, "vsftpd.log")
  mkdirSync(logFolder, { recursive: true })
  chmodSync(logFolder, 0o755)
  writeFileSync(log, "")
  const extra = ["xferlog_enable=YES", "log_ftp_protocol=YES", "xferlog_std_format=NO", `vsftpd_log_file=${log}`]
  const commands = () =>
    Array.from(readFileSync(log, "utf8").matchAll(/FTP command: Client "[^"]*", "([A-Z]+)/g), ([, word = ""]) => word)
  try {
    await onStage({ ...options, extra }, (stage) => play(stage, commands))
  } finally {
    rmSync(logFolder, { recursive: true, force: true })
  }
}

/** How often each verb, the most frequent one first. @param {ReadonlyArray<string>} commands */
export const listed = (commands) => {
  const counts = new Map()
  for (const word of commands) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([word, count]) => `${word} ${count}`)
    .join(", ")
}
