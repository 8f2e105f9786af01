/** Commands and options of lftp, rsync, rclone, curl and wget: what they are called here. */

/** By a command of another client: the command with the same meaning. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["check", "doctor"],
  ["copy", "get, put or mirror"],
  ["cp", "get, put or mirror"],
  ["del", "rm"],
  ["delete", "rm"],
  ["deploy", "mirror"],
  ["dir", "ls"],
  ["download", "get"],
  ["fetch", "get"],
  ["find", "ls -R"],
  ["list", "ls"],
  ["lsjson", "ls --json"],
  ["more", "cat"],
  ["move", "mv"],
  ["mput", "put"],
  ["pget", "get --segments"],
  ["plan", "mirror --plan"],
  ["publish", "mirror"],
  ["purge", "rm -r"],
  ["rename", "mv"],
  ["rmdir", "rm"],
  ["send", "put"],
  ["sync", "mirror"],
  ["test", "doctor"],
  ["tree", "ls -R"],
  ["upload", "put"],
  ["watch", "mirror --watch"]
])

/** Commands of clients that keep a session open. */
const OF_SESSIONS: ReadonlySet<string> = new Set(["bye", "cd", "connect", "lcd", "login", "open", "pwd", "quit"])

/** By an option of another client: options with the same meaning. The first one that the command has is meant. */
export const options: ReadonlyMap<string, ReadonlyArray<string>> = new Map([
  ["--backup", ["--swap --keep-previous"]],
  ["--backup-dir", ["--swap --keep-previous"]],
  ["--bwlimit", ["--limit-rate"]],
  ["--cacert", ["--ca"]],
  ["--checkers", ["--parallel"]],
  ["--checksum", ["--compare hash", "--verify hash"]],
  ["--connect-timeout", ["--timeout"]],
  ["--contimeout", ["--timeout"]],
  ["--debug", ["--verbose"]],
  ["--delete-after", ["--delete extra --delete-when after"]],
  ["--delete-before", ["--delete extra --delete-when before"]],
  ["--delete-during", ["--delete extra --delete-when during"]],
  ["--delete-first", ["--delete extra --delete-when before"]],
  ["--exclude-glob", ["--exclude"]],
  ["--exclude-glob-from", ["--exclude-from"]],
  ["--existing", ["--only existing"]],
  ["--filter", ["--exclude"]],
  ["--ignore-existing", ["--only missing", "--no-clobber"]],
  ["--ignore-size", ["--compare time"]],
  ["--ignore-time", ["--compare size"]],
  ["--ignore-times", ["--compare nothing"]],
  ["--include-glob", ["--include"]],
  ["--inplace", ["--in-place"]],
  ["--jobs", ["--parallel"]],
  ["--just-print", ["--dry-run"]],
  ["--multi-thread-streams", ["--segments"]],
  ["--newer", ["--only newer"]],
  ["--no-check-certificate", ["--pin", "--insecure"]],
  ["--no-recursion", ["--exclude '*/'"]],
  ["--only-existing", ["--only existing"]],
  ["--only-missing", ["--only missing"]],
  ["--only-newer", ["--only newer"]],
  ["--pinnedpubkey", ["--pin"]],
  ["--retries", ["--retry-time"]],
  ["--retry", ["--retry-time"]],
  ["--simulate", ["--dry-run"]],
  ["--size-only", ["--compare size"]],
  ["--transfers", ["--parallel"]],
  ["--tries", ["--retry-time"]],
  ["--update", ["--only newer"]],
  ["--use-pget-n", ["--segments"]],
  ["-I", ["--include"]],
  ["-X", ["--exclude"]],
  ["-i", ["--include"]],
  ["-j", ["--parallel"]],
  ["-k", ["--pin", "--insecure"]],
  ["-u", ["--only newer"]],
  ["-x", ["--exclude"]]
])

const LOGIN = "the user stands in the URL, ftp://USER@HOST/, and the password in FTP_PASSWORD or ~/.netrc"
const ENCRYPTION = "ftpes:// in the URL encrypts, ftps:// from the first byte on"
const RESUMES = "the same command resumes what was interrupted"
const PROGRESS = "progress is shown on a terminal, and the sums at the end"
const BY_PATH = "--exclude leaves files out by their paths; by size and age, only a program can: filter of FtpMirror"
const SEGMENTS = "mirror sends each file over one connection; get --segments N takes several for a large one"
const TREES = "mirror takes whole trees, with the times of files"

/** Why there is no such option, by the option of another client; of one command alone if it begins with that. */
const EXPLAINED: ReadonlyMap<string, string> = new Map([
  ["--continue", RESUMES],
  ["--ftp-ssl", ENCRYPTION],
  ["--log-file", "2>FILE keeps what is reported; --json makes it lines for programs"],
  ["--max-age", BY_PATH],
  ["--max-size", BY_PATH],
  ["--min-age", BY_PATH],
  ["--min-size", BY_PATH],
  ["--newer-than", BY_PATH],
  ["--no-perms", "permissions are not copied"],
  ["--older-than", BY_PATH],
  ["--partial", RESUMES],
  ["--pass", LOGIN],
  ["--passive", "passive mode is the default"],
  ["--password", LOGIN],
  ["--password-file", LOGIN],
  ["--password-stdin", LOGIN],
  ["--perms", "permissions are not copied"],
  ["--port", "the port stands in the URL: ftp://HOST:PORT/"],
  ["--progress", PROGRESS],
  ["--ssl", ENCRYPTION],
  ["--ssl-reqd", ENCRYPTION],
  ["--stats", PROGRESS],
  ["--tls", ENCRYPTION],
  ["--user", LOGIN],
  ["--username", LOGIN],
  ["-u", LOGIN],
  ["mirror --archive", TREES],
  ["mirror --multi-thread-streams", SEGMENTS],
  ["mirror --recursive", TREES],
  ["mirror --segments", SEGMENTS],
  ["mirror --use-pget-n", SEGMENTS],
  ["mirror --reverse", "SOURCE comes first: mirror FOLDER URL uploads, mirror URL FOLDER downloads"],
  ["mirror -R", "SOURCE comes first: mirror FOLDER URL uploads, mirror URL FOLDER downloads"],
  ["mirror -a", TREES],
  ["mirror -c", RESUMES],
  ["mirror -r", TREES],
  ["get -C", RESUMES],
  ["get -c", RESUMES]
])

/** What a word or an option means to other clients: what it is called here, or why there is none. */
export interface Meaning {
  readonly name?: string | undefined
  readonly why?: string | undefined
}

/** What a word that is no command means. */
export const commandMeant = (word: string): Meaning =>
  OF_SESSIONS.has(word) ? { why: "no session stays open: each command names its URL" } : { name: COMMANDS.get(word) }

/** What an option that a command does not have means; `flags` are the names of those that it has. */
export const optionMeant = (option: string, command: string, flags: ReadonlyArray<string>): Meaning => {
  const name = options.get(option)?.find((here) => flags.includes(here.replace(/ .*$/, "")))
  return name === undefined ? { why: EXPLAINED.get(`${command} ${option}`) ?? EXPLAINED.get(option) } : { name }
}
